<?php
// php-memcached: libmemcached under PHP, binary with SASL, settings as the service recommends.
declare(strict_types=1);

require __DIR__ . '/checks.php';

function connect(string $username, string $password): Memcached
{
    $client = new Memcached();
    $client->setOption(Memcached::OPT_BINARY_PROTOCOL, true);
    $client->setOption(Memcached::OPT_COMPRESSION, false);
    $client->setOption(Memcached::OPT_TCP_NODELAY, true);
    $client->setOption(Memcached::OPT_DISTRIBUTION, Memcached::DISTRIBUTION_CONSISTENT);
    $client->setOption(Memcached::OPT_CONNECT_TIMEOUT, 2000);
    $client->setOption(Memcached::OPT_POLL_TIMEOUT, 5000);
    $client->setOption(Memcached::OPT_SEND_TIMEOUT, 5000000);
    $client->setOption(Memcached::OPT_RECV_TIMEOUT, 5000000);
    $client->setOption(Memcached::OPT_RETRY_TIMEOUT, 1);
    if ($username !== '') {
        $client->setSaslAuthData($username, $password);
    }
    foreach (explode(',', setting('MEMCACHIER_SERVERS')) as $server) {
        [$host, $port] = explode(':', $server);
        $client->addServer($host, (int) $port);
    }
    return $client;
}

$username = (string) getenv('MEMCACHIER_USERNAME');
$client = connect($username, (string) getenv('MEMCACHIER_PASSWORD'));
$expiring_since = 0.0;

$misses = function (string $name) use ($client): void {
    expect($client->get(KEY . $name), false);
    expect($client->getResultCode(), Memcached::RES_NOTFOUND);
};

run([
    'authenticate' => function () use ($client, &$expiring_since) {
        setting('MEMCACHIER_USERNAME');
        expect($client->set(KEY . 'expiry', 'soon gone', EXPIRY_SECONDS), true);
        $expiring_since = microtime(true);
        expect($client->get(KEY . 'expiry'), 'soon gone');
    },
    'set' => function () use ($client) {
        expect($client->set(KEY . 'a', 'value a'), true);
        expect($client->set(KEY . 'b', 'value b'), true);
        expect($client->set(KEY . 'empty', ''), true);
    },
    'get' => function () use ($client, $misses) {
        expect($client->get(KEY . 'a'), 'value a');
        expect($client->get(KEY . 'empty'), '');
        $misses('missing');
    },
    'multi_get' => function () use ($client) {
        $values = $client->getMulti([KEY . 'a', KEY . 'missing', KEY . 'b']);
        ksort($values);
        expect($values, [KEY . 'a' => 'value a', KEY . 'b' => 'value b']);
    },
    'cas' => function () use ($client) {
        $token = $client->get(KEY . 'a', null, Memcached::GET_EXTENDED)['cas'];
        expect($client->cas($token, KEY . 'a', 'value a2'), true);
        expect($client->cas($token, KEY . 'a', 'never'), false);
        expect($client->getResultCode(), Memcached::RES_DATA_EXISTS);
        expect($client->get(KEY . 'a'), 'value a2');
    },
    'incr' => function () use ($client) {
        $client->delete(KEY . 'n');
        expect($client->increment(KEY . 'n', 5, 10), 10);
        expect($client->increment(KEY . 'n', 5), 15);
    },
    'decr' => function () use ($client) {
        expect($client->decrement(KEY . 'n', 6), 9);
        expect($client->decrement(KEY . 'n', 60), 0);
    },
    'delete' => function () use ($client, $misses) {
        expect($client->delete(KEY . 'b'), true);
        expect($client->delete(KEY . 'b'), false);
        $misses('b');
    },
    'too_large' => function () use ($client) {
        expect($client->set(KEY . 'big', random_bytes((1 << 20) + 1)), false);
        expect($client->getResultCode(), Memcached::RES_E2BIG);
        expect($client->set(KEY . 'after-big', 'still here'), true);
        expect($client->get(KEY . 'after-big'), 'still here');
    },
    'read_only' => function () {
        $reader = connect(setting('READONLY_USERNAME'), setting('READONLY_PASSWORD'));
        expect($reader->get(KEY . 'a'), 'value a2');
        expect($reader->set(KEY . 'a', 'written'), false);
        expect($reader->getResultCode(), Memcached::RES_NOTSTORED);
        expect($reader->get(KEY . 'a'), 'value a2');
    },
    'wrong_password' => function () use ($client, $username) {
        $stranger = connect($username, setting('WRONG_PASSWORD'));
        expect($stranger->set(KEY . 'a', 'stolen'), false);
        expect($client->get(KEY . 'a'), 'value a2');
    },
    'expiry' => function () use ($misses, &$expiring_since) {
        wait_for_expiry($expiring_since);
        $misses('expiry');
    },
    'restart' => function () use ($client, $misses) {
        ask_for_restart();
        wait_until_back(fn () => $client->set(KEY . 'back', 'again'));
        expect($client->get(KEY . 'back'), 'again');
        $misses('a');
    },
]);
