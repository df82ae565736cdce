import { createApp, json, text } from '@faust/core'
import { kafkajsTransport } from './dist/index.js'
const brokers = [process.argv[2]]
const app = createApp({ id: 'hello-'+Date.now(), transport: kafkajsTransport({ brokers }) })
const t = Date.now()
const orders = app.topic('orders'+t, { partitions: 4, value: json() })
const counts = app.table('counts', { value: json(), default: () => 0 })
let n = 0
app.agent('count', orders.groupBy('account'), { tables: [counts] }, async s => { for await (const o of s) { await counts.update(o.account, x => x+1); n++ } })
app.done.catch(()=>{})
await app.start()
console.log('started', Date.now()-t)
const N = 20000
for (let i=0;i<N;i+=1000) await Promise.all(Array.from({length:1000},(_,j)=>orders.send({ key: 'k'+(i+j), value: { account: 'a'+((i+j)%10) } })))
console.log('sent', Date.now()-t)
while (n < N) await new Promise(r=>setTimeout(r,20))
console.log('counted', Date.now()-t, await app.commit())
for await (const [k,v] of counts.entries()) console.log(k,v)
await app.stop()
console.log('stopped', Date.now()-t)
