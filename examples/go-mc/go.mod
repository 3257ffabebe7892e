module example

go 1.19

require github.com/memcachier/mc/v3 v3.0.3
