package shop;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cache.Cache;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
// snippet: connect
import com.google.code.ssm.CacheFactory;
import com.google.code.ssm.config.AbstractSSMConfiguration;
import com.google.code.ssm.config.DefaultAddressProvider;
import com.google.code.ssm.providers.xmemcached.MemcacheClientFactoryImpl;
import com.google.code.ssm.providers.xmemcached.XMemcachedConfiguration;
import com.google.code.ssm.spring.ExtendedSSMCacheManager;
import com.google.code.ssm.spring.SSMCache;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import net.rubyeye.xmemcached.auth.AuthInfo;
import net.rubyeye.xmemcached.utils.AddrUtil;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.interceptor.CacheErrorHandler;
import org.springframework.cache.interceptor.LoggingCacheErrorHandler;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.stereotype.Service;
// end snippet

/** Spring Boot with simple-spring-memcached: the answers of a slow query by an annotation. */
@SpringBootApplication
public class App {
    public static void main(String[] words) {
        SpringApplication.run(App.class, words);
    }
}

// snippet: connect
@Configuration
@EnableCaching
class CacheConfiguration extends AbstractSSMConfiguration {
    @Bean
    @Override
    public CacheFactory defaultMemcachedClient() {
        String servers = System.getenv("MEMCACHIER_SERVERS").replace("127.0.0.1", "localhost");
        AuthInfo login = AuthInfo.plain(
            System.getenv("MEMCACHIER_USERNAME"), System.getenv("MEMCACHIER_PASSWORD"));
        Map<InetSocketAddress, AuthInfo> logins = new HashMap<>();
        AddrUtil.getAddresses(servers.replace(",", " ")).forEach(at -> logins.put(at, login));

        XMemcachedConfiguration configuration = new XMemcachedConfiguration();
        configuration.setAuthInfoMap(logins);
        configuration.setUseBinaryProtocol(true);
        configuration.setConsistentHashing(true);
        configuration.setConnectionTimeout(1000L); // ms
        configuration.setOperationTimeout(750); // ms

        CacheFactory factory = new CacheFactory();
        factory.setCacheName("default");
        factory.setCacheClientFactory(new MemcacheClientFactoryImpl());
        factory.setAddressProvider(new DefaultAddressProvider(servers.replace(",", " ")));
        factory.setConfiguration(configuration);
        return factory;
    }

    @Bean
    @Primary
    public ExtendedSSMCacheManager cacheManager() throws Exception {
        ExtendedSSMCacheManager manager = new ExtendedSSMCacheManager();
        manager.setCaches(List.of(new SSMCache(defaultMemcachedClient().getObject(), 300)));
        return manager;
    }
}

@Configuration
class CacheErrors implements CachingConfigurer {
    /** A cache that is away is a miss: without this handler it is an error page. */
    @Override
    public CacheErrorHandler errorHandler() {
        return new LoggingCacheErrorHandler();
    }
}
// end snippet

// snippet: use
@Service
class Squares {
    private final AtomicLong computed = new AtomicLong();

    /** How often the slow query ran. A method: what others hold is a proxy without fields. */
    public long computed() {
        return computed.get();
    }

    @Cacheable(value = "default", key = "'square:' + #number")
    public Long of(long number) {
        computed.incrementAndGet();
        return number * number;
    }
}
// end snippet

@RestController
class Pages {
    private final Squares squares;
    private final ExtendedSSMCacheManager caches;

    Pages(Squares squares, ExtendedSSMCacheManager caches) {
        this.squares = squares;
        this.caches = caches;
    }

    /** Requests come one after the other here; the counter only tells what the cache saved. */
    @GetMapping("/square/{number}")
    synchronized String square(@PathVariable long number) {
        long before = squares.computed();
        long answer = squares.of(number);
        return answer + (squares.computed() > before ? " computed" : " cached");
    }

    @GetMapping("/")
    String visits() {
        try {
            Cache cache = caches.getCache("default");
            com.google.code.ssm.Cache counters = (com.google.code.ssm.Cache) cache.getNativeCache();
            return "visits " + counters.incr("visits", 1, 1);
        } catch (Exception why) {
            return "visits unknown";
        }
    }
}
