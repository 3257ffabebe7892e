<?php
// snippet: connect
// config/cache.php; and in .env: CACHE_DRIVER=memcached, SESSION_DRIVER=memcached
return [
    'default' => env('CACHE_DRIVER', 'memcached'),
    'stores' => [
        'memcached' => [
            'driver' => 'memcached',
            'persistent_id' => 'shop',
            'sasl' => [env('MEMCACHIER_USERNAME'), env('MEMCACHIER_PASSWORD')],
            'options' => [
                Memcached::OPT_BINARY_PROTOCOL => true,
                Memcached::OPT_TCP_NODELAY => true,
                Memcached::OPT_CONNECT_TIMEOUT => 1000, // ms
                Memcached::OPT_POLL_TIMEOUT => 1000, // ms
                Memcached::OPT_SEND_TIMEOUT => 750_000, // us
                Memcached::OPT_RECV_TIMEOUT => 750_000, // us
                Memcached::OPT_LIBKETAMA_COMPATIBLE => true,
                Memcached::OPT_REMOVE_FAILED_SERVERS => true,
                Memcached::OPT_SERVER_FAILURE_LIMIT => 1,
                Memcached::OPT_RETRY_TIMEOUT => 2, // s
                Memcached::OPT_DEAD_TIMEOUT => 10, // s
            ],
            'servers' => array_map(function ($server) {
                [$host, $port] = explode(':', $server);
                return ['host' => $host, 'port' => (int) $port, 'weight' => 100];
            }, explode(',', env('MEMCACHIER_SERVERS', '127.0.0.1:11211'))),
        ],
    ],
    'prefix' => 'shop_cache',
];
// end snippet
