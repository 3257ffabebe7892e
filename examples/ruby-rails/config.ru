# A Rails application of one file: values, fragments and sessions in one cache.
require 'rails'
require 'active_support/all'
require 'action_controller/railtie'

# snippet: connect
# config/environments/production.rb
class Shop < Rails::Application
  config.cache_store = :mem_cache_store, *ENV.fetch('MEMCACHIER_SERVERS').split(','), {
    username: ENV.fetch('MEMCACHIER_USERNAME', nil),
    password: ENV.fetch('MEMCACHIER_PASSWORD', nil),
    failover: true,
    socket_timeout: 1.5,
    socket_failure_delay: 0.2,
    down_retry_delay: 5,
    pool_size: Integer(ENV.fetch('RAILS_MAX_THREADS', 4)), # one connection a Puma thread
    pool_timeout: 1
  }
  config.session_store :cache_store, key: '_shop_session', expire_after: 1.day
  config.action_controller.perform_caching = true
  # end snippet
  config.secret_key_base = ENV.fetch('SECRET_KEY_BASE', 'an example keeps no secrets')
  config.eager_load = false
  config.hosts.clear
  config.consider_all_requests_local = true
  config.logger = Logger.new($stderr, level: Logger::ERROR)
  routes.append do
    root to: 'pages#visits'
    get '/square/:number', to: 'pages#square'
    get '/page', to: 'pages#whole'
    get '/login/:name', to: 'pages#login'
    get '/me', to: 'pages#me'
  end
end

class PagesController < ActionController::Base
  # Rails.cache.increment finds a counter only where a raw number was written first.
  def visits
    Rails.cache.write('visits', 0, raw: true, unless_exist: true)
    render plain: "visits #{Rails.cache.increment('visits') || 'unknown'}"
  end

  # snippet: use
  def square
    source = 'cached'
    answer = Rails.cache.fetch("square:#{params[:number]}", expires_in: 5.minutes) do
      source = 'computed'
      slow_query(params[:number].to_i) # a method of yours
    end
    render plain: "#{answer} #{source}"
  end
  # end snippet

  def whole
    render plain: Rails.cache.fetch('views/page', expires_in: 5.minutes,
                                    race_condition_ttl: 10.seconds) {
      "made by #{Process.pid} at #{Time.now.to_f}"
    }
  end

  def login
    session[:name] = params[:name]
    render plain: "hello #{session[:name]}"
  end

  def me
    render plain: "hello #{session[:name] || 'stranger'}"
  end

  private

  def slow_query(number)
    number * number
  end
end

Shop.initialize!
run Shop
