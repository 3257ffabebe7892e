<?php
// Counts visits and keeps the answers of a slow query, by Symfony's cache component.
declare(strict_types=1);

// snippet: connect
use Symfony\Component\Cache\Adapter\MemcachedAdapter;
use Symfony\Contracts\Cache\ItemInterface;

require getenv('AUTOLOAD') ?: '/usr/share/php/Symfony/Component/Cache/autoload.php';

// In a whole application: framework.cache.default_memcached_provider in config/packages/cache.yaml
// takes the same address, memcached://USERNAME:PASSWORD@HOST:PORT, and the options as its query.
function connect(): Memcached
{
    $login = rawurlencode((string) getenv('MEMCACHIER_USERNAME')) . ':'
        . rawurlencode((string) getenv('MEMCACHIER_PASSWORD'));
    $addresses = array_map(
        fn (string $server) => "memcached://$login@$server",
        explode(',', getenv('MEMCACHIER_SERVERS'))
    );
    return MemcachedAdapter::createConnection($addresses, [
        'persistent_id' => 'shop',
        'binary_protocol' => true,
        'tcp_nodelay' => true,
        'connect_timeout' => 1000, // ms
        'poll_timeout' => 1000, // ms
        'recv_timeout' => 750_000, // us
        'send_timeout' => 750_000, // us
        'libketama_compatible' => true,
        'remove_failed_servers' => true,
        'server_failure_limit' => 1,
        'retry_timeout' => 2, // s
        'dead_timeout' => 10, // s
    ]);
}

$pool = new MemcachedAdapter(connect(), 'app', 300);
// end snippet

// snippet: use
// In place of your own.
function slow_query(int $number): int
{
    return $number * $number;
}

function square(MemcachedAdapter $pool, int $number): string
{
    $source = 'cached';
    $answer = $pool->get("square.$number", function (ItemInterface $item) use ($number, &$source) {
        $source = 'computed';
        $item->expiresAfter(300);
        return slow_query($number);
    });
    return "$answer $source";
}
// end snippet

function visits(): string
{
    // The component has no counters: the connection behind it has.
    $visits = connect()->increment('visits', 1, 1);
    return 'visits ' . ($visits === false ? 'unknown' : $visits);
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
header('Content-Type: text/plain');
echo match (true) {
    $path === '/' => visits(),
    (bool) preg_match('~^/square/(\d+)$~', $path, $found) => square($pool, (int) $found[1]),
    default => 'not found',
};
