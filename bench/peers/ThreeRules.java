import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The job of job.py on Kafka Streams: exactly once, one stream thread, state in RocksDB with a
 * change log and the record cache that Kafka Streams has by default.
 *
 * <p>Arguments: brokers, topic of facts, topic of alerts, application id, folder for the state.
 */
public final class ThreeRules {
    private static final long DAY_MS = 86_400_000L;
    private static final String STORE = "household";
    private static final ObjectMapper JSON = new ObjectMapper();

    @JsonIgnoreProperties(ignoreUnknown = true)
    public static final class Fact {
        public String id;
        public String type;
        public long at;
        public String period;
        public String cause;
    }

    public static final class Household {
        public long latest;
        public long lease;
        public long started;
        public List<String> missed = new ArrayList<>();
        public List<Long> damage = new ArrayList<>();
        public List<String> holds = new ArrayList<>();

        List<String> take(Fact fact) {
            latest = Math.max(latest, fact.at);
            switch (fact.type) {
                case "lease-signed" -> lease = fact.at;
                case "begeleiding-started" -> started = fact.at;
                case "rent-missed" -> {
                    if (!missed.contains(fact.period)) {
                        missed.add(fact.period);
                    }
                }
                case "rent-paid" -> missed.remove(fact.period);
                case "damage-reported" -> {
                    if ("resident".equals(fact.cause)) {
                        damage.add(fact.at);
                    }
                }
                default -> { }
            }
            List<String> holding = holding();
            List<String> begun = new ArrayList<>(holding);
            begun.removeAll(holds);
            holds = holding;
            return begun;
        }

        private List<String> holding() {
            List<String> found = new ArrayList<>();
            long until = lease + 14 * DAY_MS;
            if (lease != 0 && latest > until && !(lease <= started && started <= until)) {
                found.add("begeleiding-missing");
            }
            if (missed.size() >= 2) {
                found.add("rent-missed-twice");
            }
            long since = latest - 180 * DAY_MS;
            damage.removeIf(it -> it <= since);
            if (damage.size() >= 2) {
                found.add("damage-twice");
            }
            return found;
        }
    }

    private static final class Rules implements Processor<String, Fact, String, Map<String, Object>> {
        private ProcessorContext<String, Map<String, Object>> context;
        private KeyValueStore<String, Household> households;

        @Override
        public void init(ProcessorContext<String, Map<String, Object>> given) {
            context = given;
            households = given.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, Fact> record) {
            Fact fact = record.value();
            Household known = households.get(record.key());
            Household household = known == null ? new Household() : known;
            for (String rule : household.take(fact)) {
                Map<String, Object> alert = Map.of(
                    "household", record.key(), "rule", rule, "fact", fact.id, "at", fact.at);
                context.forward(record.withValue(alert));
            }
            households.put(record.key(), household);
        }
    }

    private static <T> Serde<T> json(Class<T> type) {
        Serializer<T> write = (topic, value) -> {
            try {
                return value == null ? null : JSON.writeValueAsBytes(value);
            } catch (IOException fault) {
                throw new UncheckedIOException(fault);
            }
        };
        Deserializer<T> read = (topic, bytes) -> {
            try {
                return bytes == null ? null : JSON.readValue(bytes, type);
            } catch (IOException fault) {
                throw new UncheckedIOException(fault);
            }
        };
        return Serdes.serdeFrom(write, read);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    public static void main(String[] said) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, said[0]);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, said[3]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, said[4]);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");

        Serde<String> text = Serdes.String();
        Serde<Map<String, Object>> alerts = (Serde) json(Map.class);
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(Stores
            .keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), text, json(Household.class))
            .withCachingEnabled());
        builder.stream(said[1], Consumed.with(text, json(Fact.class)))
            .process(Rules::new, STORE)
            .to(said[2], Produced.with(text, alerts));
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
