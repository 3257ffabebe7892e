import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * What the Java clients share: naming a check, printing its outcome, asking for a restart.
 * Twin of python/checks.py; the lines are read by tests/clients/run.
 */
final class Checks {
    static final String KEY = "cachery-check-";
    static final int EXPIRY_SECONDS = 2;
    private static final int RECOVERY_SECONDS = 20;

    /** A check that has no meaning here; the message is the reason. */
    static final class Skip extends RuntimeException {
        Skip(String why) {
            super(why);
        }
    }

    interface Check {
        void run() throws Exception;
    }

    private Checks() {}

    static void expect(Object actual, Object wanted) {
        if (!Objects.equals(actual, wanted)) {
            throw new IllegalStateException("got " + actual + ", wanted " + wanted);
        }
    }

    /** An environment variable that this world may not offer; empty counts as absent. */
    static String setting(String name) {
        String value = System.getenv().getOrDefault(name, "");
        if (value.isEmpty()) {
            throw new Skip("this server offers no " + name);
        }
        return value;
    }

    /** True when the act says no, be it by a false answer or by an exception. */
    static boolean refused(Callable<Boolean> act) {
        try {
            return !act.call();
        } catch (Exception why) {
            return true;
        }
    }

    /** A value that no server takes and no client can compress to fit. */
    static byte[] tooLarge() {
        byte[] value = new byte[(1 << 20) + 1];
        new Random().nextBytes(value);
        return value;
    }

    /** The one real wait of a program: after it, an item set at `since` is past its end. */
    static void waitForExpiry(long sinceMillis) throws InterruptedException {
        long end = sinceMillis + EXPIRY_SECONDS * 1000L + 1100;
        Thread.sleep(Math.max(0, end - System.currentTimeMillis()));
    }

    static void askForRestart() throws Exception {
        System.out.println("restart");
        expect(new BufferedReader(new InputStreamReader(System.in)).readLine(), "restarted");
    }

    /** Tries until the client has recovered; how long it sulks is its own business. */
    static void waitUntilBack(Callable<Boolean> works) throws Exception {
        long deadline = System.currentTimeMillis() + RECOVERY_SECONDS * 1000L;
        while (refused(works)) {
            if (System.currentTimeMillis() > deadline) {
                throw new IllegalStateException("not back after " + RECOVERY_SECONDS + " s");
            }
            Thread.sleep(200);
        }
    }

    static void run(Map<String, Check> checks) {
        int code = 0;
        for (Map.Entry<String, Check> each : checks.entrySet()) {
            try {
                each.getValue().run();
                System.out.println("ok " + each.getKey());
            } catch (Skip why) {
                System.out.println("skip " + each.getKey() + ": " + why.getMessage());
            } catch (Exception why) {
                String text = String.valueOf(why).replace('\n', ' ');
                System.out.println("not ok " + each.getKey() + ": " + text);
                code = 1;
            }
        }
        System.exit(code); // the clients keep threads of their own alive
    }
}
