<?php
// What a PHP client needs to be checked: naming a check, printing its outcome, asking for a
// restart. Twin of python/checks.py; the lines are read by tests/clients/run.
declare(strict_types=1);

const KEY = 'cachery-check-';
const EXPIRY_SECONDS = 2;
const RECOVERY_SECONDS = 20;

class Skip extends Exception
{
}

function expect(mixed $actual, mixed $wanted): void
{
    if ($actual !== $wanted) {
        $short = fn ($value) => substr((string) json_encode($value), 0, 80);
        throw new Exception("got {$short($actual)}, wanted {$short($wanted)}");
    }
}

// An environment variable that this world may not offer; empty counts as absent.
function setting(string $name): string
{
    $value = (string) getenv($name);
    if ($value === '') {
        throw new Skip("this server offers no $name");
    }
    return $value;
}

// The one real wait of a program: after it, an item set at $since is past its last second.
function wait_for_expiry(float $since): void
{
    usleep((int) (1e6 * max(0, $since + EXPIRY_SECONDS + 1.1 - microtime(true))));
}

function ask_for_restart(): void
{
    echo "restart\n";
    expect(trim((string) fgets(STDIN)), 'restarted');
}

// Tries until the client has recovered; how long it sulks is its own business.
function wait_until_back(callable $works): void
{
    $deadline = microtime(true) + RECOVERY_SECONDS;
    while (!$works()) {
        if (microtime(true) > $deadline) {
            throw new Exception('not back after ' . RECOVERY_SECONDS . ' s');
        }
        usleep(200000);
    }
}

function run(array $checks): never
{
    $code = 0;
    foreach ($checks as $name => $check) {
        try {
            $check();
            echo "ok $name\n";
        } catch (Skip $why) {
            echo "skip $name: {$why->getMessage()}\n";
        } catch (Throwable $why) {
            echo "not ok $name: ", strtr($why->getMessage(), "\n", ' '), "\n";
            $code = 1;
        }
    }
    exit($code);
}
