import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.rubyeye.xmemcached.GetsResponse;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.auth.AuthInfo;
import net.rubyeye.xmemcached.command.BinaryCommandFactory;
import net.rubyeye.xmemcached.utils.AddrUtil;

/** xmemcached: binary protocol with SASL PLAIN, which the service has patched upstream. */
final class RunXmemcached {
    private static final String KEY = Checks.KEY;
    private final MemcachedClient client;
    private final String username;
    private long expiringSince;

    private RunXmemcached(String username, String password) throws Exception {
        this.username = username;
        this.client = connect(username, password);
    }

    private static MemcachedClient connect(String username, String password) throws Exception {
        // Since 2.4.8 it looks a login up by the name that the address resolves back to, so a
        // numeric address is never logged in to (its issue 149); real servers have names.
        String servers = Checks.setting("MEMCACHIER_SERVERS")
                .replace(',', ' ').replace("127.0.0.1", "localhost");
        var builder = new XMemcachedClientBuilder(AddrUtil.getAddresses(servers));
        builder.setCommandFactory(new BinaryCommandFactory());
        builder.setConnectTimeout(5000);
        builder.setHealSessionInterval(500);
        builder.getTranscoder().setCompressionThreshold(4 << 20);
        if (!username.isEmpty()) {
            for (var address : AddrUtil.getAddresses(servers)) {
                builder.addAuthInfo(address, AuthInfo.plain(username, password));
            }
        }
        MemcachedClient client = builder.build();
        client.setOpTimeout(5000);
        return client;
    }

    private void authenticate() throws Exception {
        Checks.setting("MEMCACHIER_USERNAME");
        // It logs in beside the first commands, which are refused until then.
        Checks.waitUntilBack(() -> client.set(KEY + "login", 0, "first"));
        Checks.expect(client.set(KEY + "expiry", Checks.EXPIRY_SECONDS, "soon gone"), true);
        expiringSince = System.currentTimeMillis();
        Checks.expect(client.get(KEY + "expiry"), "soon gone");
    }

    private void set() throws Exception {
        Checks.expect(client.set(KEY + "a", 0, "value a"), true);
        Checks.expect(client.set(KEY + "b", 0, "value b"), true);
        Checks.expect(client.set(KEY + "empty", 0, ""), true);
    }

    private void get() throws Exception {
        Checks.expect(client.get(KEY + "a"), "value a");
        Checks.expect(client.get(KEY + "empty"), "");
        Checks.expect(client.get(KEY + "missing"), null);
    }

    private void multiGet() throws Exception {
        Map<String, String> values = client.get(List.of(KEY + "a", KEY + "missing", KEY + "b"));
        Checks.expect(values, Map.of(KEY + "a", "value a", KEY + "b", "value b"));
    }

    private void cas() throws Exception {
        GetsResponse<String> found = client.gets(KEY + "a");
        Checks.expect(client.cas(KEY + "a", 0, "value a2", found.getCas()), true);
        Checks.expect(client.cas(KEY + "a", 0, "never", found.getCas()), false);
        Checks.expect(client.get(KEY + "a"), "value a2");
    }

    private void incr() throws Exception {
        client.delete(KEY + "n");
        Checks.expect(client.incr(KEY + "n", 5, 10), 10L);
        Checks.expect(client.incr(KEY + "n", 5), 15L);
    }

    private void decr() throws Exception {
        Checks.expect(client.decr(KEY + "n", 6), 9L);
        Checks.expect(client.decr(KEY + "n", 60), 0L);
    }

    private void delete() throws Exception {
        Checks.expect(client.delete(KEY + "b"), true);
        Checks.expect(client.get(KEY + "b"), null);
    }

    private void tooLarge() throws Exception {
        byte[] value = Checks.tooLarge();
        Checks.expect(Checks.refused(() -> client.set(KEY + "big", 0, value)), true);
        Checks.expect(client.set(KEY + "after-big", 0, "still here"), true);
        Checks.expect(client.get(KEY + "after-big"), "still here");
    }

    private void readOnly() throws Exception {
        MemcachedClient reader = connect(
                Checks.setting("READONLY_USERNAME"), Checks.setting("READONLY_PASSWORD"));
        Checks.waitUntilBack(() -> "value a2".equals(reader.get(KEY + "a")));
        Checks.expect(Checks.refused(() -> reader.set(KEY + "a", 0, "written")), true);
        Checks.expect(reader.get(KEY + "a"), "value a2");
        reader.shutdown();
    }

    private void wrongPassword() throws Exception {
        String wrong = Checks.setting("WRONG_PASSWORD");
        Checks.expect(Checks.refused(() -> {
            MemcachedClient stranger = connect(username, wrong);
            stranger.setOpTimeout(1000);
            return stranger.set(KEY + "a", 0, "stolen");
        }), true);
        Checks.expect(client.get(KEY + "a"), "value a2");
    }

    private void expiry() throws Exception {
        Checks.waitForExpiry(expiringSince);
        Checks.expect(client.get(KEY + "expiry"), null);
    }

    private void restart() throws Exception {
        Checks.askForRestart();
        Checks.waitUntilBack(() -> client.set(KEY + "back", 0, "again"));
        Checks.expect(client.get(KEY + "back"), "again");
        Checks.expect(client.get(KEY + "a"), null);
    }

    public static void main(String[] arguments) throws Exception {
        var it = new RunXmemcached(System.getenv().getOrDefault("MEMCACHIER_USERNAME", ""),
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
