# Dalli 5: meta commands only and no login, so it gets a credential's own port. Its programming
# interface is that of Dalli 3, so the checks are too.
require_relative 'dalli5'
require_relative '../ruby/run_dalli'
