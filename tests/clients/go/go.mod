module cachery/clients

go 1.19

require (
	github.com/bradfitz/gomemcache v0.0.0-20230905024940-24af94b03874
	github.com/memcachier/gomemcache v0.0.0-20170425125614-d027381f7653
	github.com/memcachier/mc/v3 v3.0.3
)
