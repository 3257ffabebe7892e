import com.sun.net.httpserver.HttpServer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
// snippet: connect
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.auth.AuthInfo;
import net.rubyeye.xmemcached.command.BinaryCommandFactory;
import net.rubyeye.xmemcached.impl.KetamaMemcachedSessionLocator;
import net.rubyeye.xmemcached.utils.AddrUtil;
// end snippet

/** Counts visits and keeps the answers of a slow query, by XMemcached. */
public class App {
    // snippet: connect
    static final MemcachedClient CACHE = connect();

    static MemcachedClient connect() {
        // It wants host names, since a login is kept for a name: a numeric address is not logged in.
        String servers = System.getenv("MEMCACHIER_SERVERS").replace("127.0.0.1", "localhost");
        List<InetSocketAddress> addresses = AddrUtil.getAddresses(servers.replace(",", " "));
        XMemcachedClientBuilder builder = new XMemcachedClientBuilder(addresses);
        AuthInfo login = AuthInfo.plain(
            System.getenv("MEMCACHIER_USERNAME"), System.getenv("MEMCACHIER_PASSWORD"));
        addresses.forEach(address -> builder.addAuthInfo(address, login));
        builder.setCommandFactory(new BinaryCommandFactory());
        builder.setSessionLocator(new KetamaMemcachedSessionLocator());
        builder.setConnectTimeout(1000); // ms
        builder.setOpTimeout(750); // ms
        builder.setHealSessionInterval(2000); // ms until a server that is down is tried again
        builder.setFailureMode(false); // its keys go to the others meanwhile
        try {
            return builder.build();
        } catch (IOException why) {
            throw new IllegalStateException("no cache client", why);
        }
    }

    /** The cache's answer; null when it is away or refuses. */
    static <T> T ask(Callable<T> call) {
        try {
            return call.call();
        } catch (Exception why) {
            return null;
        }
    }
    // end snippet

    // snippet: use
    /** In place of your own. */
    static long slowQuery(long number) {
        return number * number;
    }

    static String square(long number) {
        String key = "square:" + number;
        Object kept = ask(() -> CACHE.get(key));
        if (kept != null) {
            return kept + " cached";
        }
        long answer = slowQuery(number);
        ask(() -> CACHE.set(key, 300, answer));
        return answer + " computed";
    }
    // end snippet

    static String visits() {
        Long after = ask(() -> CACHE.incr("visits", 1, 1));
        return after == null || after < 1 ? "unknown" : after.toString();
    }

    static String page(String path) {
        if (path.equals("/")) {
            return "visits " + visits();
        }
        return path.matches("/square/\\d+") ? square(Long.parseLong(path.substring(8))) : null;
    }

    public static void main(String[] words) throws IOException {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8000"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 16);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", exchange -> {
            String text = page(exchange.getRequestURI().getPath());
            byte[] body = (text == null ? "not found" : text).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(text == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
