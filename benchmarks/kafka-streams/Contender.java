import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/**
 * Kafka Streams does the work of a trial as its documentation has it: its own defaults, among them one thread, RocksDB and a
 * record cache. Takes the trial as JSON and prints the outcome as JSON (../src/kafka/trial.ts has both). The time begins with
 * the first record, before it is decoded, and ends when the offsets of all are committed, and with them what was written.
 */
public final class Contender {
  record Trial(
      String client,
      String work,
      List<String> brokers,
      String group,
      String input,
      String output,
      long records,
      int keys,
      int partitions,
      int commitInterval,
      String guarantee) {}

  record Order(long index, String accountId, String productId, int amount, double price) {}

  record Outcome(double rate, double cpu, double memory) {}

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String REGROUPED = "regrouped";

  public static void main(String[] arguments) throws Exception {
    Trial trial = JSON.readValue(arguments[0], Trial.class);
    Path directory = Files.createTempDirectory("kafka-streams-bench-");
    Tally tally = new Tally(trial.records());
    try (KafkaStreams streams = new KafkaStreams(topology(trial, tally), settings(trial, directory))) {
      streams.setUncaughtExceptionHandler(
          error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            throw new AssertionError();
          });
      streams.start();
      tally.complete.await();
      awaitCommitted(trial);
      String outcome = JSON.writeValueAsString(tally.outcome());
      if (!trial.work().equals("copy")) checkCounts(streams, trial);
      System.out.println(outcome);
    } finally {
      delete(directory);
    }
  }

  private static Topology topology(Trial trial, Tally tally) {
    StreamsBuilder builder = new StreamsBuilder();
    Serde<String> keys = Serdes.String();
    Serde<Order> orders = orders(tally);
    KStream<String, Order> input = builder.stream(trial.input(), Consumed.with(keys, orders));
    switch (trial.work()) {
      case "copy" -> seen(input, tally).to(trial.output(), Produced.with(keys, orders));
      case "count" -> seen(input, tally).groupByKey(Grouped.with(keys, orders)).count(Materialized.as("counts"));
      case "window" ->
          seen(input, tally)
              .groupByKey(Grouped.with(keys, orders))
              .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(60)))
              .count(Materialized.as("counts"));
      case "regroup" ->
          seen(
                  input
                      .selectKey((key, order) -> order.productId())
                      .repartition(Repartitioned.with(keys, orders).withName(REGROUPED)),
                  tally)
              .groupByKey(Grouped.with(keys, orders))
              .count(Materialized.as("counts"));
      default -> throw new IllegalArgumentException(trial.work());
    }
    return builder.build();
  }

  private static KStream<String, Order> seen(KStream<String, Order> orders, Tally tally) {
    return orders.processValues(() -> tally.new Counter());
  }

  private static Serde<Order> orders(Tally tally) {
    return Serdes.serdeFrom(
        (topic, order) -> {
          try {
            return JSON.writeValueAsBytes(order);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        },
        (topic, bytes) -> {
          tally.begin();
          try {
            return JSON.readValue(bytes, Order.class);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        });
  }

  private static Properties settings(Trial trial, Path directory) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, trial.group());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, String.join(",", trial.brokers()));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, trial.commitInterval());
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    if (trial.guarantee().equals("exactly-once")) {
      settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    }
    return settings;
  }

  /** The last record has asked for a commit. Without exactly-once nothing but records is in the topics. */
  private static void awaitCommitted(Trial trial) throws Exception {
    boolean regroups = trial.work().equals("regroup");
    String last = regroups ? trial.group() + "-" + REGROUPED + "-repartition" : trial.input();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", String.join(",", trial.brokers())))) {
      for (long committed = 0; committed < trial.records(); ) {
        Thread.sleep(5);
        committed =
            admin.listConsumerGroupOffsets(trial.group()).partitionsToOffsetAndMetadata().get().entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(last))
                .mapToLong(entry -> entry.getValue().offset())
                .sum();
      }
    }
  }

  private static void checkCounts(KafkaStreams streams, Trial trial) {
    long sum = trial.work().equals("window") ? sumOfWindows(streams) : sumOfKeys(streams);
    if (sum != trial.records()) {
      throw new IllegalStateException("The counts add up to " + sum + ", not " + trial.records() + ".");
    }
  }

  private static long sumOfKeys(KafkaStreams streams) {
    var type = QueryableStoreTypes.<String, Long>keyValueStore();
    long sum = 0;
    try (var all = streams.store(StoreQueryParameters.fromNameAndType("counts", type)).all()) {
      while (all.hasNext()) sum += all.next().value;
    }
    return sum;
  }

  private static long sumOfWindows(KafkaStreams streams) {
    var type = QueryableStoreTypes.<String, Long>windowStore();
    long sum = 0;
    try (var all = streams.store(StoreQueryParameters.fromNameAndType("counts", type)).all()) {
      while (all.hasNext()) sum += all.next().value;
    }
    return sum;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
    }
  }

  /** As ../src/kafka/tally.ts. Only the one stream thread writes to it. */
  private static final class Tally {
    final CountDownLatch complete = new CountDownLatch(1);
    private final long records;
    private long seen;
    private long sum;
    private long begun;
    private long cpu;

    Tally(long records) {
      this.records = records;
    }

    void begin() {
      if (begun != 0) return;
      begun = System.nanoTime();
      cpu = cpuTime();
    }

    Outcome outcome() throws IOException {
      double micros = (System.nanoTime() - begun) / 1e3;
      double spent = (cpuTime() - cpu) / 1e3;
      if (seen != records || sum != records * (records - 1) / 2) {
        throw new IllegalStateException("Saw " + seen + " records whose numbers add up to " + sum + ".");
      }
      return new Outcome(records * 1e6 / micros, spent / records, peakMemory());
    }

    /** Nanoseconds, of all threads. */
    private static long cpuTime() {
      return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** MiB that the process held at most; 0 where the system does not tell. */
    private static double peakMemory() throws IOException {
      Path status = Path.of("/proc/self/status");
      if (!Files.exists(status)) return 0;
      try (Stream<String> lines = Files.lines(status)) {
        String peak = lines.filter(line -> line.startsWith("VmHWM:")).findFirst().orElseThrow();
        return Double.parseDouble(peak.replaceAll("[^0-9]", "")) / 1024;
      }
    }

    /** Sees every record, and asks for a commit when it was the last one. */
    final class Counter extends ContextualFixedKeyProcessor<String, Order, Order> {
      @Override
      public void process(FixedKeyRecord<String, Order> record) {
        context().forward(record);
        sum += record.value().index();
        if (++seen < records) return;
        context().commit();
        complete.countDown();
      }
    }
  }
}
