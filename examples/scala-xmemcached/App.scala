import com.sun.net.httpserver.HttpServer
import java.net.InetSocketAddress
import java.util.concurrent.Executors
// snippet: connect
import net.rubyeye.xmemcached.{MemcachedClient, XMemcachedClientBuilder}
import net.rubyeye.xmemcached.auth.AuthInfo
import net.rubyeye.xmemcached.command.BinaryCommandFactory
import net.rubyeye.xmemcached.impl.KetamaMemcachedSessionLocator
import net.rubyeye.xmemcached.utils.AddrUtil
import scala.util.Try
// end snippet

/** Counts visits and keeps the answers of a slow query, by XMemcached from Scala. */
object App {
  // snippet: connect
  val cache: MemcachedClient = {
    // It wants host names, since a login is kept for a name: a numeric address is not logged in.
    val servers = sys.env("MEMCACHIER_SERVERS").replace("127.0.0.1", "localhost")
    val addresses = AddrUtil.getAddresses(servers.replace(",", " "))
    val login = AuthInfo.plain(sys.env("MEMCACHIER_USERNAME"), sys.env("MEMCACHIER_PASSWORD"))
    val builder = new XMemcachedClientBuilder(addresses)
    addresses.forEach(address => builder.addAuthInfo(address, login))
    builder.setCommandFactory(new BinaryCommandFactory())
    builder.setSessionLocator(new KetamaMemcachedSessionLocator())
    builder.setConnectTimeout(1000) // ms
    builder.setOpTimeout(750) // ms
    builder.setHealSessionInterval(2000) // ms until a server that is down is tried again
    builder.setFailureMode(false) // its keys go to the others meanwhile
    builder.build()
  }

  /** The cache's answer; None when it has none, is away or refuses. */
  def ask[T](call: => T): Option[T] = Try(call).toOption.filter(_ != null)
  // end snippet

  // snippet: use
  /** In place of your own. */
  def slowQuery(number: Long): Long = number * number

  def square(number: Long): String = {
    val key = s"square:$number"
    ask(cache.get[Any](key)) match {
      case Some(kept) => s"$kept cached"
      case None =>
        val answer = slowQuery(number)
        ask(cache.set(key, 300, answer))
        s"$answer computed"
    }
  }
  // end snippet

  def visits(): String =
    ask(cache.incr("visits", 1, 1)).filter(_ > 0).fold("unknown")(_.toString)

  private val Square = "/square/(\\d+)".r

  def page(path: String): Option[String] = path match {
    case "/"            => Some("visits " + visits())
    case Square(number) => Some(square(number.toLong))
    case _              => None
  }

  def main(words: Array[String]): Unit = {
    val port = sys.env.getOrElse("PORT", "8000").toInt
    val server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 16)
    server.setExecutor(Executors.newFixedThreadPool(4))
    server.createContext("/", exchange => {
      val text = page(exchange.getRequestURI.getPath)
      val body = text.getOrElse("not found").getBytes("UTF-8")
      exchange.sendResponseHeaders(if (text.isEmpty) 404 else 200, body.length.toLong)
      exchange.getResponseBody.write(body)
      exchange.close()
    })
    server.start()
  }
}
