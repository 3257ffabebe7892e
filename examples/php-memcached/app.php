<?php
// Counts visits, keeps the answers of a slow query, and sessions, by the extension memcached.
declare(strict_types=1);

// snippet: connect
function connect(): Memcached
{
    // Persistent: the object and its connections live on in the PHP process.
    $cache = new Memcached('shop');
    if (!$cache->getServerList()) {
        $cache->setOptions([
            Memcached::OPT_BINARY_PROTOCOL => true,
            Memcached::OPT_TCP_NODELAY => true,
            Memcached::OPT_NO_BLOCK => true,
            Memcached::OPT_CONNECT_TIMEOUT => 1000, // ms
            Memcached::OPT_POLL_TIMEOUT => 1000, // ms
            Memcached::OPT_SEND_TIMEOUT => 750_000, // us
            Memcached::OPT_RECV_TIMEOUT => 750_000, // us
            Memcached::OPT_DISTRIBUTION => Memcached::DISTRIBUTION_CONSISTENT,
            Memcached::OPT_LIBKETAMA_COMPATIBLE => true,
            Memcached::OPT_REMOVE_FAILED_SERVERS => true,
            Memcached::OPT_SERVER_FAILURE_LIMIT => 1,
            Memcached::OPT_RETRY_TIMEOUT => 2, // s
            Memcached::OPT_DEAD_TIMEOUT => 10, // s
        ]);
        $cache->setSaslAuthData(getenv('MEMCACHIER_USERNAME'), getenv('MEMCACHIER_PASSWORD'));
        foreach (explode(',', getenv('MEMCACHIER_SERVERS')) as $server) {
            [$host, $port] = explode(':', $server);
            $cache->addServer($host, (int) $port);
        }
    }
    return $cache;
}
// end snippet

// snippet: sessions
function keep_sessions_in_the_cache(): void
{
    // As well in php.ini; the session extension has connections of its own.
    ini_set('session.save_handler', 'memcached');
    ini_set('session.save_path', getenv('MEMCACHIER_SERVERS'));
    ini_set('memcached.sess_binary_protocol', '1');
    ini_set('memcached.sess_sasl_username', getenv('MEMCACHIER_USERNAME'));
    ini_set('memcached.sess_sasl_password', getenv('MEMCACHIER_PASSWORD'));
    ini_set('memcached.sess_remove_failed_servers', '1');
    ini_set('memcached.sess_connect_timeout', '1000');
    ini_set('memcached.sess_locking', '0'); // or a lost lock holds the user's next requests
}
// end snippet

// snippet: use
// In place of your own.
function slow_query(int $number): int
{
    return $number * $number;
}

function square(Memcached $cache, int $number): string
{
    $key = "square:$number";
    $kept = $cache->get($key);
    if ($cache->getResultCode() === Memcached::RES_SUCCESS) {
        return "$kept cached";
    }
    // Not found, or the cache could not be asked: both are a miss.
    $answer = slow_query($number);
    $cache->set($key, $answer, 300);
    return "$answer computed";
}
// end snippet

function visits(Memcached $cache): string
{
    $visits = $cache->increment('visits', 1, 1);
    return 'visits ' . ($visits === false ? 'unknown' : $visits);
}

function login(string $name): string
{
    keep_sessions_in_the_cache();
    session_start();
    $_SESSION['name'] = $name;
    return "hello $name";
}

function me(): string
{
    keep_sessions_in_the_cache();
    if (isset($_COOKIE[session_name()])) {
        session_start(['read_and_close' => true]);
    }
    return 'hello ' . ($_SESSION['name'] ?? 'stranger');
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
header('Content-Type: text/plain');
echo match (true) {
    $path === '/' => visits(connect()),
    $path === '/me' => me(),
    (bool) preg_match('~^/square/(\d+)$~', $path, $found) => square(connect(), (int) $found[1]),
    (bool) preg_match('~^/login/(\w+)$~', $path, $found) => login($found[1]),
    default => 'not found',
};
