# What the Ruby clients share: naming a check, printing its outcome, asking for a restart.
# Twin of python/checks.py; the lines are read by tests/clients/run.
require 'securerandom'

module Checks
  KEY = 'cachery-check-'.freeze
  TOO_LARGE = SecureRandom.bytes((1 << 20) + 1).freeze # no client can compress it to fit
  EXPIRY_SECONDS = 2
  RECOVERY_SECONDS = 20

  class Skip < StandardError; end

  module_function

  def expect(actual, wanted)
    raise "got #{actual.inspect[0, 80]}, wanted #{wanted.inspect[0, 80]}" unless actual == wanted
  end

  # An environment variable that this world may not offer; empty counts as absent.
  def setting(name)
    value = ENV.fetch(name, '')
    raise Skip, "this server offers no #{name}" if value.empty?

    value
  end

  # True when the block says no, be it by a false answer or by an error.
  def refused?
    !yield
  rescue StandardError
    true
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  # The one real wait of a program: an item set at `since` must be gone by its last second.
  def wait_until_gone(since)
    sleep([0, since + EXPIRY_SECONDS + 1.1 - now].max)
    expect(yield, nil)
  end

  def ask_for_restart
    puts 'restart'
    expect($stdin.gets.to_s.strip, 'restarted')
  end

  # Tries until the client has recovered; how long it sulks is its own business.
  def wait_until_back(&works)
    deadline = now + RECOVERY_SECONDS
    while refused?(&works)
      raise "not back after #{RECOVERY_SECONDS} s" if now > deadline

      sleep 0.2
    end
  end

  def outcome(name)
    yield
    puts "ok #{name}"
    true
  rescue Skip => e
    puts "skip #{name}: #{e.message}"
    true
  rescue StandardError => e
    puts "not ok #{name}: #{e.class}: #{e.message.tr("\n", ' ')}"
    false
  end

  def run(checks)
    $stdout.sync = true
    exit(checks.map { |name, check| outcome(name, &check) }.all? ? 0 : 1)
  end
end
