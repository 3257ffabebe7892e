# Counts visits and keeps the answers of a slow query, by Dalli with a pool for Puma's threads.
require 'rack'

# snippet: connect
require 'connection_pool'
require 'dalli'

CACHE = ConnectionPool.new(size: Integer(ENV.fetch('RAILS_MAX_THREADS', 4)), timeout: 1) do
  Dalli::Client.new(
    ENV.fetch('MEMCACHIER_SERVERS').split(','),
    username: ENV.fetch('MEMCACHIER_USERNAME', nil),
    password: ENV.fetch('MEMCACHIER_PASSWORD', nil),
    failover: true,            # the next server takes over while one is down
    socket_timeout: 1.5,       # seconds
    socket_failure_delay: 0.2, # before one more try on a socket that broke
    down_retry_delay: 5        # how long a server that is down is left alone
  )
end

# The block's value; nil when the cache is away, refuses or has no connection free.
def ask(&block)
  CACHE.with(&block)
rescue Dalli::DalliError, ConnectionPool::TimeoutError
  nil
end
# end snippet

# snippet: use
# In place of your own.
def slow_query(number)
  number * number
end

def square(number)
  key = "square:#{number}"
  kept = ask { |cache| cache.get(key) }
  return [kept, 'cached'] if kept

  answer = slow_query(number)
  ask { |cache| cache.set(key, answer, 300) }
  [answer, 'computed']
end
# end snippet

def visits
  ask { |cache| cache.incr('visits', 1, 0, 1) } || 'unknown'
end

def page(path)
  case path
  when '/' then "visits #{visits}"
  when %r{\A/square/(\d+)\z} then square(Regexp.last_match(1).to_i).join(' ')
  end
end

run(lambda do |env|
  text = page(env['PATH_INFO'])
  [text ? 200 : 404, { 'Content-Type' => 'text/plain' }, [text || 'not found']]
end)
