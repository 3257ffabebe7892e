import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
// snippet: connect
import java.io.IOException;
import java.util.concurrent.Callable;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.DefaultHashAlgorithm;
import net.spy.memcached.FailureMode;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.auth.AuthDescriptor;
import net.spy.memcached.auth.PlainCallbackHandler;
// end snippet

/** Counts visits and keeps the answers of a slow query, by spymemcached. */
public class App {
    // snippet: connect
    static final MemcachedClient CACHE = connect();

    static MemcachedClient connect() {
        ConnectionFactoryBuilder builder = new ConnectionFactoryBuilder()
            .setProtocol(ConnectionFactoryBuilder.Protocol.BINARY)
            .setAuthDescriptor(new AuthDescriptor(new String[] {"PLAIN"}, new PlainCallbackHandler(
                System.getenv("MEMCACHIER_USERNAME"), System.getenv("MEMCACHIER_PASSWORD"))))
            .setLocatorType(ConnectionFactoryBuilder.Locator.CONSISTENT)
            .setHashAlg(DefaultHashAlgorithm.KETAMA_HASH)
            .setFailureMode(FailureMode.Redistribute) // keys of a server that is down go to others
            .setOpTimeout(750) // ms
            .setAuthWaitTime(1000) // ms
            .setMaxReconnectDelay(2); // s
        String servers = System.getenv("MEMCACHIER_SERVERS").replace(",", " ");
        try {
            return new MemcachedClient(builder.build(), AddrUtil.getAddresses(servers));
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
