import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Prints what Apache Kafka's own classes make of the values of test/requests/samples.ts, as JSON of name to base64: each API at the one
 * version that is spoken, request and response, and the consumer protocol in all its versions.
 */
public class Messages {
  static final List<String> LINES = new ArrayList<>();
  /** Larger than a double holds exactly. */
  static final long PRODUCER = (1L << 60) + 1;
  static final long OFFSET = (1L << 40) + 7;

  static void print(String name, Message message, int version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    MessageSizeAccumulator size = new MessageSizeAccumulator();
    message.addSize(size, cache, (short) version);
    ByteBuffer buffer = ByteBuffer.allocate(size.totalSize());
    message.write(new ByteBufferAccessor(buffer), cache, (short) version);
    LINES.add("  \"" + name + "\": \"" + Base64.getEncoder().encodeToString(buffer.array()) + "\"");
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static MemoryRecords records(String text) {
    return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes(text)));
  }

  public static void main(String[] args) {
    records();
    topics();
    group();
    offsets();
    transactions();
    protocol();
    errors();
    System.out.println("{\n" + String.join(",\n", LINES) + "\n}");
  }

  static void records() {
    print("Fetch.request", new FetchRequestData().setReplicaId(-1).setMaxWaitMs(100).setMinBytes(1).setMaxBytes(1 << 24)
      .setIsolationLevel((byte) 1).setSessionId(77).setSessionEpoch(3).setRackId("eu-1")
      .setTopics(List.of(
        new FetchRequestData.FetchTopic().setTopic("orders").setPartitions(List.of(
          new FetchRequestData.FetchPartition().setPartition(0).setCurrentLeaderEpoch(5).setFetchOffset(OFFSET)
            .setLogStartOffset(-1).setPartitionMaxBytes(1 << 20),
          new FetchRequestData.FetchPartition().setPartition(1).setCurrentLeaderEpoch(-1).setFetchOffset(0)
            .setLogStartOffset(-1).setPartitionMaxBytes(2))),
        new FetchRequestData.FetchTopic().setTopic("zahlungen-ü").setPartitions(List.of(
          new FetchRequestData.FetchPartition().setPartition(2).setCurrentLeaderEpoch(0).setFetchOffset(9)
            .setLogStartOffset(-1).setPartitionMaxBytes(3))),
        new FetchRequestData.FetchTopic().setTopic("orders").setPartitions(List.of(
          new FetchRequestData.FetchPartition().setPartition(4).setCurrentLeaderEpoch(1).setFetchOffset(1)
            .setLogStartOffset(-1).setPartitionMaxBytes(4)))))
      .setForgottenTopicsData(List.of(
        new FetchRequestData.ForgottenTopic().setTopic("old").setPartitions(List.of(3, 1)))), 11);
    print("Fetch.response", new FetchResponseData().setThrottleTimeMs(12).setErrorCode((short) 71).setSessionId(77)
      .setResponses(List.of(
        new FetchResponseData.FetchableTopicResponse().setTopic("orders").setPartitions(List.of(
          new FetchResponseData.PartitionData().setPartitionIndex(0).setErrorCode((short) 0).setHighWatermark(OFFSET)
            .setLastStableOffset(OFFSET - 1).setLogStartOffset(3).setPreferredReadReplica(2)
            .setAbortedTransactions(List.of(
              new FetchResponseData.AbortedTransaction().setProducerId(PRODUCER).setFirstOffset(OFFSET - 9),
              new FetchResponseData.AbortedTransaction().setProducerId(4).setFirstOffset(1)))
            .setRecords(records("batches")),
          new FetchResponseData.PartitionData().setPartitionIndex(1).setErrorCode((short) 1).setHighWatermark(-1)
            .setLastStableOffset(-1).setLogStartOffset(-1).setPreferredReadReplica(-1)
            .setAbortedTransactions(null).setRecords(null))),
        new FetchResponseData.FetchableTopicResponse().setTopic("other").setPartitions(List.of(
          new FetchResponseData.PartitionData().setPartitionIndex(7).setErrorCode((short) 0).setHighWatermark(1)
            .setLastStableOffset(1).setLogStartOffset(0).setPreferredReadReplica(-1)
            .setAbortedTransactions(List.of()).setRecords(records("")))))), 11);

    ProduceRequestData.TopicProduceDataCollection produced = new ProduceRequestData.TopicProduceDataCollection();
    produced.add(new ProduceRequestData.TopicProduceData().setName("orders").setPartitionData(List.of(
      new ProduceRequestData.PartitionProduceData().setIndex(0).setRecords(records("first batch")),
      new ProduceRequestData.PartitionProduceData().setIndex(3).setRecords(null))));
    produced.add(new ProduceRequestData.TopicProduceData().setName("other").setPartitionData(List.of(
      new ProduceRequestData.PartitionProduceData().setIndex(1).setRecords(records("second batch")))));
    print("Produce.request", new ProduceRequestData().setTransactionalId("tx-1").setAcks((short) -1).setTimeoutMs(30000)
      .setTopicData(produced), 8);
    print("Produce.request.plain", new ProduceRequestData().setTransactionalId(null).setAcks((short) 1).setTimeoutMs(1), 8);
    ProduceResponseData.TopicProduceResponseCollection answers = new ProduceResponseData.TopicProduceResponseCollection();
    answers.add(new ProduceResponseData.TopicProduceResponse().setName("orders").setPartitionResponses(List.of(
      new ProduceResponseData.PartitionProduceResponse().setIndex(0).setErrorCode((short) 87).setBaseOffset(-1)
        .setLogAppendTimeMs(-1).setLogStartOffset(-1).setErrorMessage("One or more records have been rejected")
        .setRecordErrors(List.of(
          new ProduceResponseData.BatchIndexAndErrorMessage().setBatchIndex(2).setBatchIndexErrorMessage("no key"),
          new ProduceResponseData.BatchIndexAndErrorMessage().setBatchIndex(5).setBatchIndexErrorMessage(null))),
      new ProduceResponseData.PartitionProduceResponse().setIndex(3).setErrorCode((short) 0).setBaseOffset(OFFSET)
        .setLogAppendTimeMs(1700000000000L).setLogStartOffset(4).setErrorMessage(null).setRecordErrors(List.of()))));
    print("Produce.response", new ProduceResponseData().setResponses(answers).setThrottleTimeMs(9), 8);
  }

  static void topics() {
    print("ListOffsets.request", new ListOffsetsRequestData().setReplicaId(-1).setIsolationLevel((byte) 1).setTopics(List.of(
      new ListOffsetsRequestData.ListOffsetsTopic().setName("orders").setPartitions(List.of(
        new ListOffsetsRequestData.ListOffsetsPartition().setPartitionIndex(0).setCurrentLeaderEpoch(4).setTimestamp(-1),
        new ListOffsetsRequestData.ListOffsetsPartition().setPartitionIndex(1).setCurrentLeaderEpoch(-1)
          .setTimestamp(1700000000000L))))), 5);
    print("ListOffsets.response", new ListOffsetsResponseData().setThrottleTimeMs(1).setTopics(List.of(
      new ListOffsetsResponseData.ListOffsetsTopicResponse().setName("orders").setPartitions(List.of(
        new ListOffsetsResponseData.ListOffsetsPartitionResponse().setPartitionIndex(0).setErrorCode((short) 78)
          .setTimestamp(-1).setOffset(-1).setLeaderEpoch(-1),
        new ListOffsetsResponseData.ListOffsetsPartitionResponse().setPartitionIndex(1).setErrorCode((short) 0)
          .setTimestamp(1700000000001L).setOffset(OFFSET).setLeaderEpoch(6))))), 5);

    print("Metadata.request", new MetadataRequestData().setAllowAutoTopicCreation(true)
      .setIncludeTopicAuthorizedOperations(false).setTopics(List.of(
        new MetadataRequestData.MetadataRequestTopic().setTopicId(Uuid.ZERO_UUID).setName("orders"),
        new MetadataRequestData.MetadataRequestTopic().setTopicId(Uuid.ZERO_UUID).setName("x".repeat(200)))), 11);
    print("Metadata.request.all", new MetadataRequestData().setAllowAutoTopicCreation(false).setTopics(null), 11);
    MetadataResponseData.MetadataResponseBrokerCollection brokers = new MetadataResponseData.MetadataResponseBrokerCollection();
    brokers.add(new MetadataResponseData.MetadataResponseBroker().setNodeId(1).setHost("a.example").setPort(9092).setRack("r"));
    brokers.add(new MetadataResponseData.MetadataResponseBroker().setNodeId(2).setHost("b.example").setPort(9093).setRack(null));
    MetadataResponseData.MetadataResponseTopicCollection topics = new MetadataResponseData.MetadataResponseTopicCollection();
    topics.add(new MetadataResponseData.MetadataResponseTopic().setErrorCode((short) 0).setName("orders")
      .setTopicId(new Uuid(0x0123456789abcdefL, 0xfedcba9876543210L)).setIsInternal(false).setPartitions(List.of(
        new MetadataResponseData.MetadataResponsePartition().setErrorCode((short) 0).setPartitionIndex(0).setLeaderId(1)
          .setLeaderEpoch(8).setReplicaNodes(List.of(1, 2)).setIsrNodes(List.of(1)).setOfflineReplicas(List.of(2)),
        new MetadataResponseData.MetadataResponsePartition().setErrorCode((short) 5).setPartitionIndex(1).setLeaderId(-1)
          .setLeaderEpoch(9).setReplicaNodes(List.of(2)).setIsrNodes(List.of()).setOfflineReplicas(List.of()))));
    topics.add(new MetadataResponseData.MetadataResponseTopic().setErrorCode((short) 3).setName("missing")
      .setTopicId(Uuid.ZERO_UUID).setIsInternal(true));
    print("Metadata.response", new MetadataResponseData().setThrottleTimeMs(2).setBrokers(brokers).setClusterId("cluster")
      .setControllerId(1).setTopics(topics), 11);

    print("FindCoordinator.request", new FindCoordinatorRequestData().setKey("tx-1").setKeyType((byte) 1), 2);
    print("FindCoordinator.response", new FindCoordinatorResponseData().setThrottleTimeMs(3).setErrorCode((short) 15)
      .setErrorMessage("not yet").setNodeId(-1).setHost("").setPort(-1), 2);

    OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection epochs =
      new OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection();
    epochs.add(new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic().setTopic("orders").setPartitions(List.of(
      new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition().setPartition(2).setCurrentLeaderEpoch(5).setLeaderEpoch(4))));
    print("OffsetForLeaderEpoch.request", new OffsetForLeaderEpochRequestData().setReplicaId(-1).setTopics(epochs), 3);
    OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResultCollection ends =
      new OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResultCollection();
    ends.add(new OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult().setTopic("orders").setPartitions(List.of(
      new OffsetForLeaderEpochResponseData.EpochEndOffset().setErrorCode((short) 0).setPartition(2).setLeaderEpoch(4)
        .setEndOffset(OFFSET),
      new OffsetForLeaderEpochResponseData.EpochEndOffset().setErrorCode((short) 74).setPartition(3).setLeaderEpoch(-1)
        .setEndOffset(-1))));
    print("OffsetForLeaderEpoch.response", new OffsetForLeaderEpochResponseData().setThrottleTimeMs(4).setTopics(ends), 3);

    print("DeleteRecords.request", new DeleteRecordsRequestData().setTimeoutMs(5000).setTopics(List.of(
      new DeleteRecordsRequestData.DeleteRecordsTopic().setName("orders").setPartitions(List.of(
        new DeleteRecordsRequestData.DeleteRecordsPartition().setPartitionIndex(0).setOffset(OFFSET),
        new DeleteRecordsRequestData.DeleteRecordsPartition().setPartitionIndex(1).setOffset(-1))))), 1);
    DeleteRecordsResponseData.DeleteRecordsPartitionResultCollection deleted =
      new DeleteRecordsResponseData.DeleteRecordsPartitionResultCollection();
    deleted.add(new DeleteRecordsResponseData.DeleteRecordsPartitionResult().setPartitionIndex(0).setLowWatermark(OFFSET)
      .setErrorCode((short) 0));
    deleted.add(new DeleteRecordsResponseData.DeleteRecordsPartitionResult().setPartitionIndex(1).setLowWatermark(-1)
      .setErrorCode((short) 44));
    DeleteRecordsResponseData.DeleteRecordsTopicResultCollection results =
      new DeleteRecordsResponseData.DeleteRecordsTopicResultCollection();
    results.add(new DeleteRecordsResponseData.DeleteRecordsTopicResult().setName("orders").setPartitions(deleted));
    print("DeleteRecords.response", new DeleteRecordsResponseData().setThrottleTimeMs(5).setTopics(results), 1);
  }

  static void group() {
    JoinGroupRequestData.JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
    protocols.add(new JoinGroupRequestData.JoinGroupRequestProtocol().setName("sticky").setMetadata(bytes("subscription")));
    protocols.add(new JoinGroupRequestData.JoinGroupRequestProtocol().setName("range").setMetadata(bytes("")));
    print("JoinGroup.request", new JoinGroupRequestData().setGroupId("shop").setSessionTimeoutMs(10000)
      .setRebalanceTimeoutMs(60000).setMemberId("").setGroupInstanceId("worker-1").setProtocolType("consumer")
      .setProtocols(protocols), 5);
    print("JoinGroup.response", new JoinGroupResponseData().setThrottleTimeMs(6).setErrorCode((short) 0).setGenerationId(12)
      .setProtocolName("sticky").setLeader("m-1").setMemberId("m-2").setMembers(List.of(
        new JoinGroupResponseData.JoinGroupResponseMember().setMemberId("m-1").setGroupInstanceId(null).setMetadata(bytes("a")),
        new JoinGroupResponseData.JoinGroupResponseMember().setMemberId("m-2").setGroupInstanceId("worker-1")
          .setMetadata(bytes("b")))), 5);
    print("SyncGroup.request", new SyncGroupRequestData().setGroupId("shop").setGenerationId(12).setMemberId("m-1")
      .setGroupInstanceId(null).setAssignments(List.of(
        new SyncGroupRequestData.SyncGroupRequestAssignment().setMemberId("m-1").setAssignment(bytes("one")),
        new SyncGroupRequestData.SyncGroupRequestAssignment().setMemberId("m-2").setAssignment(bytes("two")))), 3);
    print("SyncGroup.response", new SyncGroupResponseData().setThrottleTimeMs(7).setErrorCode((short) 27)
      .setAssignment(bytes("one")), 3);
    print("Heartbeat.request", new HeartbeatRequestData().setGroupId("shop").setGenerationId(12).setMemberId("m-1")
      .setGroupInstanceId("worker-1"), 3);
    print("Heartbeat.response", new HeartbeatResponseData().setThrottleTimeMs(8).setErrorCode((short) 27), 3);
    print("LeaveGroup.request", new LeaveGroupRequestData().setGroupId("shop").setMembers(List.of(
      new LeaveGroupRequestData.MemberIdentity().setMemberId("m-1").setGroupInstanceId(null),
      new LeaveGroupRequestData.MemberIdentity().setMemberId("").setGroupInstanceId("worker-1"))), 3);
    print("LeaveGroup.response", new LeaveGroupResponseData().setThrottleTimeMs(9).setErrorCode((short) 0).setMembers(List.of(
      new LeaveGroupResponseData.MemberResponse().setMemberId("m-1").setGroupInstanceId(null).setErrorCode((short) 25))), 3);
  }

  static void offsets() {
    print("OffsetCommit.request", new OffsetCommitRequestData().setGroupId("shop").setGenerationIdOrMemberEpoch(12)
      .setMemberId("m-1").setGroupInstanceId(null).setTopics(List.of(
        new OffsetCommitRequestData.OffsetCommitRequestTopic().setName("orders").setPartitions(List.of(
          new OffsetCommitRequestData.OffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(OFFSET)
            .setCommittedLeaderEpoch(3).setCommittedMetadata("time=1"),
          new OffsetCommitRequestData.OffsetCommitRequestPartition().setPartitionIndex(1).setCommittedOffset(0)
            .setCommittedLeaderEpoch(-1).setCommittedMetadata(null))))), 7);
    print("OffsetCommit.response", new OffsetCommitResponseData().setThrottleTimeMs(1).setTopics(List.of(
      new OffsetCommitResponseData.OffsetCommitResponseTopic().setName("orders").setPartitions(List.of(
        new OffsetCommitResponseData.OffsetCommitResponsePartition().setPartitionIndex(0).setErrorCode((short) 0),
        new OffsetCommitResponseData.OffsetCommitResponsePartition().setPartitionIndex(1).setErrorCode((short) 12))))), 7);

    print("OffsetFetch.request", new OffsetFetchRequestData().setGroupId("shop").setRequireStable(true).setTopics(List.of(
      new OffsetFetchRequestData.OffsetFetchRequestTopic().setName("orders").setPartitionIndexes(List.of(0, 5)))), 7);
    print("OffsetFetch.request.all", new OffsetFetchRequestData().setGroupId("shop").setRequireStable(false).setTopics(null), 7);
    print("OffsetFetch.response", new OffsetFetchResponseData().setThrottleTimeMs(2).setErrorCode((short) 14).setTopics(List.of(
      new OffsetFetchResponseData.OffsetFetchResponseTopic().setName("orders").setPartitions(List.of(
        new OffsetFetchResponseData.OffsetFetchResponsePartition().setPartitionIndex(0).setCommittedOffset(OFFSET)
          .setCommittedLeaderEpoch(3).setMetadata("time=1").setErrorCode((short) 0),
        new OffsetFetchResponseData.OffsetFetchResponsePartition().setPartitionIndex(5).setCommittedOffset(-1)
          .setCommittedLeaderEpoch(-1).setMetadata(null).setErrorCode((short) 88))))), 7);
  }

  static void transactions() {
    print("InitProducerId.request", new InitProducerIdRequestData().setTransactionalId("tx-1").setTransactionTimeoutMs(10000)
      .setProducerId(PRODUCER).setProducerEpoch((short) 4), 4);
    print("InitProducerId.request.plain", new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1)
      .setProducerId(-1).setProducerEpoch((short) -1), 4);
    print("InitProducerId.response", new InitProducerIdResponseData().setThrottleTimeMs(3).setErrorCode((short) 0)
      .setProducerId(PRODUCER).setProducerEpoch((short) 32767), 4);

    AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection added =
      new AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection();
    added.add(new AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic().setName("orders").setPartitions(List.of(0, 2)));
    added.add(new AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic().setName("other").setPartitions(List.of(1)));
    print("AddPartitionsToTxn.request", new AddPartitionsToTxnRequestData().setV3AndBelowTransactionalId("tx-1")
      .setV3AndBelowProducerId(PRODUCER).setV3AndBelowProducerEpoch((short) 4).setV3AndBelowTopics(added), 2);
    AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResultCollection errors =
      new AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResultCollection();
    errors.add(new AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult().setPartitionIndex(0)
      .setPartitionErrorCode((short) 55));
    errors.add(new AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult().setPartitionIndex(2)
      .setPartitionErrorCode((short) 3));
    AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResultCollection answered =
      new AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResultCollection();
    answered.add(new AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult().setName("orders")
      .setResultsByPartition(errors));
    print("AddPartitionsToTxn.response", new AddPartitionsToTxnResponseData().setThrottleTimeMs(4)
      .setResultsByTopicV3AndBelow(answered), 2);

    print("AddOffsetsToTxn.request", new AddOffsetsToTxnRequestData().setTransactionalId("tx-1").setProducerId(PRODUCER)
      .setProducerEpoch((short) 4).setGroupId("shop"), 2);
    print("AddOffsetsToTxn.response", new AddOffsetsToTxnResponseData().setThrottleTimeMs(5).setErrorCode((short) 51), 2);
    print("EndTxn.request", new EndTxnRequestData().setTransactionalId("tx-1").setProducerId(PRODUCER)
      .setProducerEpoch((short) 4).setCommitted(true), 2);
    print("EndTxn.response", new EndTxnResponseData().setThrottleTimeMs(6).setErrorCode((short) 90), 2);

    print("TxnOffsetCommit.request", new TxnOffsetCommitRequestData().setTransactionalId("tx-1").setGroupId("shop")
      .setProducerId(PRODUCER).setProducerEpoch((short) 4).setGenerationId(12).setMemberId("m-1").setGroupInstanceId("worker-1")
      .setTopics(List.of(new TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic().setName("orders").setPartitions(List.of(
        new TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(OFFSET)
          .setCommittedLeaderEpoch(3).setCommittedMetadata("time=1"),
        new TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition().setPartitionIndex(1).setCommittedOffset(2)
          .setCommittedLeaderEpoch(-1).setCommittedMetadata(null))))), 3);
    print("TxnOffsetCommit.response", new TxnOffsetCommitResponseData().setThrottleTimeMs(7).setTopics(List.of(
      new TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic().setName("orders").setPartitions(List.of(
        new TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition().setPartitionIndex(0).setErrorCode((short) 22))))), 3);
  }

  static void protocol() {
    for (int version = 0; version <= 3; version++) {
      ConsumerProtocolSubscription subscription = new ConsumerProtocolSubscription().setTopics(List.of("orders", "other"))
        .setUserData(ByteBuffer.wrap(bytes("user data")));
      if (version >= 1) {
        subscription.ownedPartitions().add(new ConsumerProtocolSubscription.TopicPartition().setTopic("orders")
          .setPartitions(List.of(0, 3)));
        subscription.ownedPartitions().add(new ConsumerProtocolSubscription.TopicPartition().setTopic("other")
          .setPartitions(List.of(1)));
      }
      if (version >= 2) subscription.setGenerationId(12);
      if (version >= 3) subscription.setRackId("eu-1");
      print("Subscription." + version, subscription, version);
      ConsumerProtocolAssignment assignment = new ConsumerProtocolAssignment().setUserData(null);
      assignment.assignedPartitions().add(new ConsumerProtocolAssignment.TopicPartition().setTopic("orders")
        .setPartitions(List.of(2, 0)));
      print("Assignment." + version, assignment, version);
    }
  }

  static void errors() {
    List<String> rows = new ArrayList<>();
    for (Errors error : Errors.values()) {
      boolean retriable = error.exception() instanceof RetriableException;
      rows.add("    [" + error.code() + ", \"" + error.name() + "\", " + retriable + "]");
    }
    LINES.add("  \"errors\": [\n" + String.join(",\n", rows) + "\n  ]");
  }
}
