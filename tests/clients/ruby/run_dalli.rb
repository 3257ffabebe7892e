# Dalli 3: binary protocol with SASL PLAIN, what Rails applications of the service run.
# Dalli 5 speaks meta commands and cannot log in: ../ruby-dalli5 runs this file with it.
gem 'dalli', '< 4' unless defined?(Dalli)
require 'logger'
require 'openssl'
require 'dalli'
require_relative 'checks'

include Checks # rubocop:disable Style/MixinUsage -- a program, not a library

Dalli.logger = Logger.new(File::NULL) # failures are provoked here, and reported by the checks

# Sizes are left to the server, or Dalli would refuse the large value by itself.
OPTIONS = { socket_timeout: 5, socket_failure_delay: 0.2, down_retry_delay: 1, failover: true,
            value_max_bytes: 4 << 20 }.freeze

USERNAME = ENV.fetch('MEMCACHIER_USERNAME', nil) # a world without logins has none

def connect(username, password, servers = ENV.fetch('MEMCACHIER_SERVERS'), **tls)
  login = username.to_s.empty? ? {} : { username: username, password: password }
  Dalli::Client.new(servers.split(','), OPTIONS.merge(login, tls))
end

def trusting(authority)
  context = OpenSSL::SSL::SSLContext.new
  context.set_params(ca_file: authority)
  context
end

def reader
  return connect(nil, nil, setting('READONLY_SERVERS')) unless USERNAME

  connect(setting('READONLY_USERNAME'), setting('READONLY_PASSWORD'))
end

client = connect(USERNAME, ENV.fetch('MEMCACHIER_PASSWORD', nil))
expiring_since = 0

run(
  authenticate: lambda do
    setting('MEMCACHIER_USERNAME')
    expect(!!client.set("#{KEY}login", 'first'), true)
  end,
  set: lambda do
    expect(!!client.set("#{KEY}expiry", 'soon gone', EXPIRY_SECONDS), true)
    expiring_since = now
    expect(client.get("#{KEY}expiry"), 'soon gone')
    %w[a b].each { |name| expect(!!client.set(KEY + name, "value #{name}"), true) }
    expect(!!client.set("#{KEY}empty", ''), true)
  end,
  get: lambda do
    expect(client.get("#{KEY}a"), 'value a')
    expect(client.get("#{KEY}empty"), '')
    expect(client.get("#{KEY}missing"), nil)
  end,
  multi_get: lambda do
    values = client.get_multi(%w[a missing b].map { |name| KEY + name })
    expect(values, { "#{KEY}a" => 'value a', "#{KEY}b" => 'value b' })
  end,
  cas: lambda do
    expect(!!client.cas("#{KEY}a") { |value| "#{value}2" }, true)
    expect(client.get("#{KEY}a"), 'value a2')
    lost = client.cas("#{KEY}a") { client.set("#{KEY}a", 'value a3') && 'never' }
    expect(!!lost, false)
    expect(client.get("#{KEY}a"), 'value a3')
  end,
  incr: lambda do
    client.delete("#{KEY}n")
    expect(client.incr("#{KEY}n", 5, 0, 10), 10)
    expect(client.incr("#{KEY}n", 5), 15)
  end,
  decr: lambda do
    expect(client.decr("#{KEY}n", 6), 9)
    expect(client.decr("#{KEY}n", 60), 0)
  end,
  delete: lambda do
    expect(client.delete("#{KEY}b"), true)
    expect(client.get("#{KEY}b"), nil)
  end,
  too_large: lambda do
    expect(refused? { client.set("#{KEY}big", TOO_LARGE, 0, raw: true) }, true)
    expect(!!client.set("#{KEY}after-big", 'still here'), true)
    expect(client.get("#{KEY}after-big"), 'still here')
  end,
  read_only: lambda do
    guest = reader
    expect(guest.get("#{KEY}a"), 'value a3')
    expect(refused? { guest.set("#{KEY}a", 'written') }, true)
    expect(guest.get("#{KEY}a"), 'value a3')
  end,
  wrong_password: lambda do
    raise Skip, 'the client cannot authenticate' unless USERNAME

    stranger = connect(USERNAME, setting('WRONG_PASSWORD'))
    expect(refused? { stranger.set("#{KEY}a", 'stolen') }, true)
    expect(client.get("#{KEY}a"), 'value a3')
  end,
  tls: lambda do
    servers = setting('NATIVE_TLS_SERVERS')
    secured = connect(USERNAME, ENV.fetch('MEMCACHIER_PASSWORD', nil), servers,
                      ssl_context: trusting(setting('TLS_CA')))
    expect(!!secured.set("#{KEY}tls", 'over tls'), true)
    expect(client.get("#{KEY}tls"), 'over tls')
  end,
  expiry: -> { wait_until_gone(expiring_since) { client.get("#{KEY}expiry") } },
  restart: lambda do
    ask_for_restart
    wait_until_back { client.set("#{KEY}back", 'again') }
    expect(client.get("#{KEY}back"), 'again')
    expect(client.get("#{KEY}a"), nil)
  end
)
