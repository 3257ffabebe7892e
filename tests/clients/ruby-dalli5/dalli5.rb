# Loads a Dalli of version 5 or newer, from its gem or from the checkout that DALLI5_LIB names
# (its folder lib), or fails.
if ENV['DALLI5_LIB']
  $LOAD_PATH.unshift(ENV['DALLI5_LIB'])
else
  gem 'dalli', '>= 5'
end
require 'dalli'
raise LoadError, "this is Dalli #{Dalli::VERSION}" if Dalli::VERSION.to_i < 5
