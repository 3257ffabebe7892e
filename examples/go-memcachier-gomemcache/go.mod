module example

go 1.19

require github.com/memcachier/gomemcache v0.0.0-20170425125614-d027381f7653
