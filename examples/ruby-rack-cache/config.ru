# Whole pages kept by Rack::Cache in the same cache that the application uses by Dalli.
# snippet: connect
require 'dalli'
require 'rack'
require 'rack/cache'

CACHE = Dalli::Client.new(
  ENV.fetch('MEMCACHIER_SERVERS').split(','),
  username: ENV.fetch('MEMCACHIER_USERNAME', nil),
  password: ENV.fetch('MEMCACHIER_PASSWORD', nil),
  failover: true,
  socket_timeout: 1.5,
  socket_failure_delay: 0.2,
  down_retry_delay: 5,
  value_max_bytes: 1_048_576 # a larger page is not kept: Rack::Cache passes it through
)
use Rack::Cache, metastore: CACHE, entitystore: CACHE, verbose: false
# end snippet

def ask
  yield
rescue Dalli::DalliError
  nil
end

def square(number)
  key = "square:#{number}"
  kept = ask { CACHE.get(key) }
  return "#{kept} cached" if kept

  ask { CACHE.set(key, number * number, 300) }
  "#{number * number} computed"
end

def visits
  ask { CACHE.incr('visits', 1, 0, 1) } || 'unknown'
end

# What each path answers: the seconds for which it may be kept, and its text.
def page(path)
  case path
  when '/' then [0, "visits #{visits}"]
  when '/page' then [300, "made by #{Process.pid} at #{Time.now.to_f}"]
  when %r{\A/square/(\d+)\z} then [0, square(Regexp.last_match(1).to_i)]
  end
end

# snippet: use
# `page` is yours: the seconds for which a path's page may be kept, and its text.
run(lambda do |env|
  seconds, text = page(env['PATH_INFO'])
  kept = seconds&.positive? ? "public, max-age=#{seconds}" : 'no-store'
  headers = { 'Content-Type' => 'text/plain', 'Cache-Control' => kept }
  [text ? 200 : 404, headers, [text || 'not found']]
end)
# end snippet
