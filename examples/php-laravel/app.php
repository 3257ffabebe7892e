<?php
// Laravel's cache and session components on one cache, wired as the framework wires them.
declare(strict_types=1);

// snippet: use
use Illuminate\Cache\CacheManager;
// end snippet
use Illuminate\Cache\MemcachedConnector;
use Illuminate\Config\Repository as Config;
use Illuminate\Container\Container;
use Illuminate\Session\CacheBasedSessionHandler;
use Illuminate\Session\Store;

foreach (['Support', 'Container', 'Config', 'Cache', 'Session'] as $component) {
    require_once "/usr/share/php/Illuminate/$component/autoload.php";
}

function make_cache(): CacheManager
{
    $app = Container::setInstance(new Container());
    $app->instance('config', new Config(['cache' => require __DIR__ . '/cache.php']));
    $app->singleton('memcached.connector', fn () => new MemcachedConnector());
    return new CacheManager($app);
}

// snippet: use
// In place of your own.
function slow_query(int $number): int
{
    return $number * $number;
}

// In an application $cache is the facade: Cache::remember(...), Cache::increment(...).
function square(CacheManager $cache, int $number): string
{
    $source = 'cached';
    $answer = $cache->remember("square:$number", 300, function () use ($number, &$source) {
        $source = 'computed';
        return slow_query($number);
    });
    return "$answer $source";
}

function visits(CacheManager $cache): string
{
    $cache->add('visits', 0, 86400);
    return 'visits ' . ($cache->increment('visits') ?: 'unknown');
}
// end snippet

function session(CacheManager $cache): Store
{
    $id = $_COOKIE['laravel_session'] ?? null;
    $handler = new CacheBasedSessionHandler($cache->store(), 120);
    $session = new Store('laravel_session', $handler, $id);
    $session->start();
    return $session;
}

function login(CacheManager $cache, string $name): string
{
    $session = session($cache);
    $session->put('name', $name);
    $session->save();
    setcookie($session->getName(), $session->getId(), ['httponly' => true]);
    return "hello $name";
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$cache = make_cache();
header('Content-Type: text/plain');
echo match (true) {
    $path === '/' => visits($cache),
    $path === '/me' => 'hello ' . session($cache)->get('name', 'stranger'),
    (bool) preg_match('~^/square/(\d+)$~', $path, $found) => square($cache, (int) $found[1]),
    (bool) preg_match('~^/login/(\w+)$~', $path, $found) => login($cache, $found[1]),
    default => 'not found',
};
