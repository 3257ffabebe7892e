import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.CASResponse;
import net.spy.memcached.CASValue;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.ConnectionFactoryBuilder.Protocol;
import net.spy.memcached.FailureMode;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.auth.AuthDescriptor;
import net.spy.memcached.auth.PlainCallbackHandler;

/** spymemcached: binary protocol with SASL PLAIN, one selector thread, reconnects by itself. */
final class RunSpymemcached {
    private static final String KEY = Checks.KEY;
    private final MemcachedClient client;
    private final String username;
    private long expiringSince;

    private RunSpymemcached(String username, String password) throws Exception {
        this.username = username;
        this.client = connect(username, password, 5000);
    }

    private static MemcachedClient connect(String username, String password, long timeoutMillis)
            throws Exception {
        var builder = new ConnectionFactoryBuilder()
                .setProtocol(Protocol.BINARY)
                .setFailureMode(FailureMode.Redistribute)
                .setMaxReconnectDelay(1)
                .setOpTimeout(timeoutMillis)
                .setAuthWaitTime(timeoutMillis);
        if (!username.isEmpty()) {
            var handler = new PlainCallbackHandler(username, password);
            builder.setAuthDescriptor(new AuthDescriptor(new String[] {"PLAIN"}, handler));
        }
        String servers = Checks.setting("MEMCACHIER_SERVERS").replace(',', ' ');
        return new MemcachedClient(builder.build(), AddrUtil.getAddresses(servers));
    }

    private static boolean set(MemcachedClient as, String name, int seconds, Object value)
            throws Exception {
        return as.set(KEY + name, seconds, value).get();
    }

    private void authenticate() throws Exception {
        Checks.setting("MEMCACHIER_USERNAME");
        Checks.expect(set(client, "expiry", Checks.EXPIRY_SECONDS, "soon gone"), true);
        expiringSince = System.currentTimeMillis();
        Checks.expect(client.get(KEY + "expiry"), "soon gone");
    }

    private void set() throws Exception {
        Checks.expect(set(client, "a", 0, "value a"), true);
        Checks.expect(set(client, "b", 0, "value b"), true);
        Checks.expect(set(client, "empty", 0, ""), true);
    }

    private void get() throws Exception {
        Checks.expect(client.get(KEY + "a"), "value a");
        Checks.expect(client.get(KEY + "empty"), "");
        Checks.expect(client.get(KEY + "missing"), null);
    }

    private void multiGet() throws Exception {
        Map<String, Object> values =
                client.getBulk(List.of(KEY + "a", KEY + "missing", KEY + "b"));
        Checks.expect(values, Map.of(KEY + "a", "value a", KEY + "b", "value b"));
    }

    private void cas() throws Exception {
        CASValue<Object> found = client.gets(KEY + "a");
        Checks.expect(client.cas(KEY + "a", found.getCas(), "value a2"), CASResponse.OK);
        Checks.expect(client.cas(KEY + "a", found.getCas(), "never"), CASResponse.EXISTS);
        Checks.expect(client.get(KEY + "a"), "value a2");
    }

    private void incr() throws Exception {
        client.delete(KEY + "n").get();
        Checks.expect(client.incr(KEY + "n", 5, 10), 10L);
        Checks.expect(client.incr(KEY + "n", 5), 15L);
    }

    private void decr() throws Exception {
        Checks.expect(client.decr(KEY + "n", 6), 9L);
        Checks.expect(client.decr(KEY + "n", 60), 0L);
    }

    private void delete() throws Exception {
        Checks.expect(client.delete(KEY + "b").get(), true);
        Checks.expect(client.delete(KEY + "b").get(), false);
        Checks.expect(client.get(KEY + "b"), null);
    }

    private void tooLarge() throws Exception {
        byte[] value = Checks.tooLarge();
        Checks.expect(Checks.refused(() -> set(client, "big", 0, value)), true);
        Checks.expect(set(client, "after-big", 0, "still here"), true);
        Checks.expect(client.get(KEY + "after-big"), "still here");
    }

    private void readOnly() throws Exception {
        MemcachedClient reader = connect(Checks.setting("READONLY_USERNAME"),
                Checks.setting("READONLY_PASSWORD"), 5000);
        Checks.expect(reader.get(KEY + "a"), "value a2");
        Checks.expect(Checks.refused(() -> set(reader, "a", 0, "written")), true);
        Checks.expect(reader.get(KEY + "a"), "value a2");
        reader.shutdown();
    }

    private void wrongPassword() throws Exception {
        MemcachedClient stranger = connect(username, Checks.setting("WRONG_PASSWORD"), 1000);
        Checks.expect(Checks.refused(() -> set(stranger, "a", 0, "stolen")), true);
        stranger.shutdown();
        Checks.expect(client.get(KEY + "a"), "value a2");
    }

    private void expiry() throws Exception {
        Checks.waitForExpiry(expiringSince);
        Checks.expect(client.get(KEY + "expiry"), null);
    }

    private void restart() throws Exception {
        Checks.askForRestart();
        Checks.waitUntilBack(() -> set(client, "back", 0, "again"));
        Checks.expect(client.get(KEY + "back"), "again");
        Checks.expect(client.get(KEY + "a"), null);
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
        Logger.getLogger("net.spy.memcached").setLevel(Level.OFF);
        var it = new RunSpymemcached(System.getenv().getOrDefault("MEMCACHIER_USERNAME", ""),
                System.getenv().getOrDefault("MEMCACHIER_PASSWORD", ""));
        var checks = new LinkedHashMap<String, Checks.Check>();
        checks.put("authenticate", it::authenticate);
        checks.put("set", it::set);
        checks.put("get", it::get);
        checks.put("multi_get", it::multiGet);
        checks.put("cas", it::cas);
        checks.put("incr", it::incr);
        checks.put("decr", it::decr);
        checks.put("delete", it::delete);
        checks.put("too_large", it::tooLarge);
        checks.put("read_only", it::readOnly);
        checks.put("wrong_password", it::wrongPassword);
        checks.put("expiry", it::expiry);
        checks.put("restart", it::restart);
        Checks.run(checks);
    }
}
