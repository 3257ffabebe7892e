// Gin: whole pages and sessions in one cache, by memcachier/mc.

// snippet: connect
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-contrib/cache"
	"github.com/gin-contrib/cache/persistence"
	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memcached"
	"github.com/gin-gonic/gin"
	"github.com/memcachier/mc/v3"
)

// end snippet

import (
	"fmt"
	"strconv"
)

// snippet: connect
func connect() *mc.Client {
	config := mc.DefaultConfig() // with fail-over to the other servers
	config.Retries = 2
	config.RetryDelay = 100 * time.Millisecond
	config.ConnectionTimeout = time.Second
	config.DownRetryDelay = 5 * time.Second // how long a server that is down is left alone
	config.PoolSize = 4                     // connections a server
	return mc.NewMCwithConfig(os.Getenv("MEMCACHIER_SERVERS"),
		os.Getenv("MEMCACHIER_USERNAME"), os.Getenv("MEMCACHIER_PASSWORD"), config)
}

func makeRouter(client *mc.Client) *gin.Engine {
	router := gin.New()
	router.Use(gin.Recovery())
	secret := []byte(os.Getenv("SESSION_SECRET")) // signs the cookie
	router.Use(sessions.Sessions("session", memcached.NewMemcacheStore(client, "session:", secret)))
	return router
}

// end snippet

func slowQuery(number int) int {
	return number * number
}

// snippet: use
func addPages(router *gin.Engine, client *mc.Client) {
	pages := persistence.NewMemcachedBinaryStore(os.Getenv("MEMCACHIER_SERVERS"),
		os.Getenv("MEMCACHIER_USERNAME"), os.Getenv("MEMCACHIER_PASSWORD"), 5*time.Minute)
	router.GET("/page", cache.CachePage(pages, 5*time.Minute, func(c *gin.Context) {
		c.String(http.StatusOK, "made by %d at %d", os.Getpid(), time.Now().UnixNano())
	}))
	router.GET("/login/:name", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set("name", c.Param("name"))
		if err := session.Save(); err != nil {
			log.Printf("session not kept: %v", err)
		}
		c.String(http.StatusOK, "hello %s", c.Param("name"))
	})
}

// end snippet

func me(c *gin.Context) {
	name := sessions.Default(c).Get("name")
	if name == nil {
		name = "stranger"
	}
	c.String(http.StatusOK, "hello %v", name)
}

func square(client *mc.Client) gin.HandlerFunc {
	return func(c *gin.Context) {
		number, err := strconv.Atoi(c.Param("number"))
		if err != nil {
			c.Status(http.StatusNotFound)
			return
		}
		key := fmt.Sprintf("square:%d", number)
		if kept, _, _, err := client.Get(key); err == nil {
			c.String(http.StatusOK, "%s cached", kept)
			return
		}
		answer := strconv.Itoa(slowQuery(number))
		if _, err := client.Set(key, answer, 0, 300, 0); err != nil {
			log.Printf("not kept: %v", err)
		}
		c.String(http.StatusOK, "%s computed", answer)
	}
}

func visits(client *mc.Client) gin.HandlerFunc {
	return func(c *gin.Context) {
		after, _, err := client.Incr("visits", 1, 1, 0, 0)
		if err != nil {
			c.String(http.StatusOK, "visits unknown")
			return
		}
		c.String(http.StatusOK, "visits %d", after)
	}
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	client := connect()
	router := makeRouter(client)
	addPages(router, client)
	router.GET("/", visits(client))
	router.GET("/me", me)
	router.GET("/square/:number", square(client))
	port := os.Getenv("PORT")
	if port == "" {
		port = "8000"
	}
	log.Fatal(router.Run("127.0.0.1:" + port))
}
