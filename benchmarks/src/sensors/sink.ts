import { createSocket } from 'node:dgram'

// Takes what StatsD sensors send and does nothing with it, in a process of its own: its CPU is not the app's.
const socket = createSocket('udp4')
socket.on('message', () => {})
socket.bind(0, '127.0.0.1', () => process.send!(socket.address().port))
process.once('disconnect', () => socket.close())
