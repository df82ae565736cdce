import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own clients, for tests to compare with: `produce brokers topic`, `transactions brokers topic`, and
 * `consume brokers topic isolation`, which prints every record of the topic as one line of JSON.
 */
public class Log {
  static final String[] COMPRESSIONS = {"none", "gzip", "snappy", "lz4", "zstd"};

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "produce" -> produce(args[1], args[2]);
      case "transactions" -> transactions(args[1], args[2]);
      case "consume" -> consume(args[1], args[2], args[3]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  static KafkaProducer<byte[], byte[]> producer(String brokers, Map<String, Object> settings) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", brokers);
    properties.put("acks", "all");
    properties.putAll(settings);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Partition n is compressed in the n-th way: one batch of all kinds of records, one that is larger than any codec's block. */
  static void produce(String brokers, String topic) {
    long now = 1700000000000L;
    for (int partition = 0; partition < COMPRESSIONS.length; partition++) {
      Map<String, Object> settings = Map.of("compression.type", COMPRESSIONS[partition], "linger.ms", 2000, "batch.size", 900000);
      try (KafkaProducer<byte[], byte[]> producer = producer(brokers, settings)) {
        List<Header> headers = List.of(new RecordHeader("a", bytes("1")), new RecordHeader("ü€", bytes("")),
          new RecordHeader("a", null), new RecordHeader("", bytes("2")));
        producer.send(new ProducerRecord<>(topic, partition, now, bytes("key"), bytes("value")));
        producer.send(new ProducerRecord<>(topic, partition, now + 1, null, bytes("no key")));
        producer.send(new ProducerRecord<byte[], byte[]>(topic, partition, now - 25L * 86400000, bytes("no value"), null, null));
        producer.send(new ProducerRecord<>(topic, partition, now + 40000, bytes(""), bytes("")));
        producer.send(new ProducerRecord<>(topic, partition, now + 2, bytes("headers"), bytes("v"), headers));
        producer.send(new ProducerRecord<byte[], byte[]>(topic, partition, now + 3, null, null, null));
        producer.flush();
        for (int i = 0; i < 1500; i++) {
          byte[] value = bytes("{\"number\":" + i + ",\"text\":\"" + Integer.toHexString(i * 7919).repeat(20) + "\"}");
          producer.send(new ProducerRecord<>(topic, partition, now + i, bytes("key-" + i % 100), value));
        }
      }
    }
  }

  /** Transactions of three producers on one partition: nested, aborted twice in a row, spanning many batches, and keys like markers. */
  static void transactions(String brokers, String topic) {
    List<KafkaProducer<byte[], byte[]>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(producer(brokers, Map.of("transactional.id", topic + "-" + i, "linger.ms", 0)));
      all.get(i).initTransactions();
    }
    KafkaProducer<byte[], byte[]> plain = producer(brokers, Map.of());
    KafkaProducer<byte[], byte[]> a = all.get(0), b = all.get(1), c = all.get(2);
    a.beginTransaction();
    send(a, topic, bytes("a"), "aborted: around the other");
    b.beginTransaction();
    send(b, topic, bytes("b"), "aborted: inside");
    send(plain, topic, bytes("p"), "kept 1");
    // Int16 version 0 and type 0 or 1: what the key of a marker holds.
    send(a, topic, new byte[] {0, 0, 0, 0}, "aborted: its key looks like an abort");
    send(plain, topic, new byte[] {0, 0, 0, 1}, "kept 2");
    b.abortTransaction();
    send(a, topic, bytes("a"), "aborted: after the marker of the other");
    a.abortTransaction();
    for (int i = 0; i < 2; i++) {
      c.beginTransaction();
      send(c, topic, bytes("c"), "aborted: again and again");
      c.abortTransaction();
    }
    c.beginTransaction();
    send(c, topic, bytes("c"), "kept 3");
    c.commitTransaction();
    a.beginTransaction();
    b.beginTransaction();
    for (int i = 0; i < 20; i++) {
      send(a, topic, bytes("a"), "aborted: spans batches " + i);
      send(b, topic, bytes("b"), "kept 4 " + i);
    }
    b.commitTransaction();
    a.abortTransaction();
    a.beginTransaction();
    send(a, topic, bytes("a"), "kept 5");
    a.commitTransaction();
    // The last thing in the log is a marker.
    b.beginTransaction();
    send(b, topic, bytes("b"), "aborted: at the end");
    b.abortTransaction();
    plain.close();
    all.forEach(KafkaProducer::close);
  }

  static void send(KafkaProducer<byte[], byte[]> producer, String topic, byte[] key, String value) {
    try {
      producer.send(new ProducerRecord<>(topic, 0, key, bytes(value))).get();
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  static void consume(String brokers, String topic, String isolation) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", brokers);
    properties.put("isolation.level", isolation);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    StringBuilder lines = new StringBuilder();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(topic, info.partition())).collect(Collectors.toList());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) lines.append(line(record)).append('\n');
      }
    }
    System.out.print(lines);
  }

  static String line(ConsumerRecord<byte[], byte[]> record) {
    List<String> headers = new ArrayList<>();
    for (Header header : record.headers()) headers.add("[" + base64(bytes(header.key())) + "," + base64(header.value()) + "]");
    return "{\"partition\":" + record.partition() + ",\"offset\":" + record.offset() + ",\"timestamp\":" + record.timestamp()
      + ",\"key\":" + base64(record.key()) + ",\"value\":" + base64(record.value()) + ",\"headers\":[" + String.join(",", headers)
      + "]}";
  }

  static String base64(byte[] given) {
    return given == null ? "null" : "\"" + Base64.getEncoder().encodeToString(given) + "\"";
  }
}
