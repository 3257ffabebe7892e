;; Counts visits and keeps the answers of a slow query, by XMemcached from Clojure.
(ns app
  (:import (com.sun.net.httpserver HttpHandler HttpServer)
           (java.net InetSocketAddress)
           (java.util.concurrent Executors)))

;; snippet: connect
(import '(net.rubyeye.xmemcached MemcachedClient XMemcachedClientBuilder)
        '(net.rubyeye.xmemcached.auth AuthInfo)
        '(net.rubyeye.xmemcached.command BinaryCommandFactory)
        '(net.rubyeye.xmemcached.impl KetamaMemcachedSessionLocator)
        '(net.rubyeye.xmemcached.utils AddrUtil))

(defn connect []
  ;; It wants host names, since a login is kept for a name: a numeric address is not logged in.
  (let [servers (-> (System/getenv "MEMCACHIER_SERVERS")
                    (.replace "127.0.0.1" "localhost")
                    (.replace "," " "))
        addresses (AddrUtil/getAddresses servers)
        login (AuthInfo/plain (System/getenv "MEMCACHIER_USERNAME")
                              (System/getenv "MEMCACHIER_PASSWORD"))
        builder (XMemcachedClientBuilder. addresses)]
    (doseq [address addresses] (.addAuthInfo builder address login))
    (doto builder
      (.setCommandFactory (BinaryCommandFactory.))
      (.setSessionLocator (KetamaMemcachedSessionLocator.))
      (.setConnectTimeout 1000)      ; ms
      (.setOpTimeout 750)            ; ms
      (.setHealSessionInterval 2000) ; ms until a server that is down is tried again
      (.setFailureMode false))       ; its keys go to the others meanwhile
    (.build builder)))

(def ^MemcachedClient cache (connect))

;; The cache's answer; nil when it is away or refuses.
(defmacro ask [call] `(try ~call (catch Exception why# nil)))
;; end snippet

;; snippet: use
(defn slow-query [number] (* number number)) ; in place of your own

(defn square [number]
  (let [key (str "square:" number)]
    (if-let [kept (ask (.get cache key))]
      (str kept " cached")
      (let [answer (slow-query number)]
        (ask (.set cache key 300 answer))
        (str answer " computed")))))
;; end snippet

(defn visits []
  (let [after (ask (.incr cache "visits" 1 1))]
    (if (and after (pos? after)) after "unknown")))

(defn page [path]
  (if (= path "/")
    (str "visits " (visits))
    (when-let [[_ number] (re-matches #"/square/(\d+)" path)]
      (square (parse-long number)))))

(defn answer [exchange]
  (let [text (page (.getPath (.getRequestURI exchange)))
        body (.getBytes (or text "not found") "UTF-8")]
    (.sendResponseHeaders exchange (if text 200 404) (alength body))
    (.write (.getResponseBody exchange) body)
    (.close exchange)))

(let [port (parse-long (or (System/getenv "PORT") "8000"))]
  (doto (HttpServer/create (InetSocketAddress. "127.0.0.1" (int port)) 16)
    (.setExecutor (Executors/newFixedThreadPool 4))
    (.createContext "/" (reify HttpHandler (handle [_ exchange] (answer exchange))))
    (.start)))
