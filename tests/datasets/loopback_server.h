// A web server for one test: one thread, on loopback, serves texts from memory, with ranges if asked to.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recur {

class LoopbackServer {
 public:
  struct Page {
    std::string body = {};
    bool ranges = true;        ///< answers 206 to a Range; else it sends all, with 200
    size_t cut = ~size_t{};    ///< breaks the connection off after so many bytes of the body
    bool stalls = false;       ///< instead of breaking off, says nothing more until the client goes
    std::string status = {};   ///< instead of all that: "503 Service Unavailable"
    std::string headers = {};  ///< each with its line end
  };

  explicit LoopbackServer(const std::map<std::string, Page>& pages) {
    for (const auto& [path, page] : pages) pages_[path] = {page};
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 8);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LoopbackServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string address(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

  void set(const std::string& path, Page page) { set_in_turn(path, {std::move(page)}); }
  /// One after another; the last one stays.
  void set_in_turn(const std::string& path, std::vector<Page> pages) {
    const std::lock_guard lock(mutex_);
    pages_[path] = std::move(pages);
  }

  /// "/path" or "/path bytes=5-" of each request so far.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (int client = accept(listener_, nullptr, nullptr); client >= 0; client = accept(listener_, nullptr, nullptr)) {
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const auto length = recv(client, buffer, sizeof buffer, 0);
        if (length <= 0) break;
        request.append(buffer, length);
      }
      const auto [answer, stalls] = answer_to(request);
      for (size_t sent = 0; sent < answer.size();) {
        const auto length = send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (length <= 0) break;
        sent += length;
      }
      if (stalls) recv(client, buffer, sizeof buffer, 0);  // returns when the client closes
      close(client);
    }
  }

  std::pair<std::string, bool> answer_to(const std::string& request) {
    const std::lock_guard lock(mutex_);
    const auto path = request.substr(4, request.find(' ', 4) - 4);  // "GET /path HTTP/1.1"
    const auto range = request.find("Range: bytes=");
    const auto from = range == std::string::npos ? 0 : std::stoul(request.substr(range + 13));
    requests_.push_back(range == std::string::npos ? path : path + " bytes=" + std::to_string(from) + "-");
    const auto head = [](const std::string& status, size_t length, const std::string& more = "") {
      return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(length) + "\r\nConnection: close\r\n" +
             more + "\r\n";
    };
    const auto found = pages_.find(path);
    if (found == pages_.end()) return {head("404 Not Found", 0), false};
    const Page page = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
    const auto& body = page.body;
    const auto all = std::to_string(body.size());
    const auto answer = [&]() -> std::string {
      if (!page.status.empty()) return head(page.status, 0, page.headers);
      if (from == 0 || !page.ranges) return head("200 OK", body.size()) + body.substr(0, page.cut);
      if (from >= body.size()) return head("416 Range Not Satisfiable", 0, "Content-Range: bytes */" + all + "\r\n");
      return head("206 Partial Content", body.size() - from,
                  "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(body.size() - 1) + "/" + all +
                      "\r\n") +
             body.substr(from, page.cut);
    };
    return {answer(), page.stalls};
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Page>> pages_;
  std::vector<std::string> requests_;
  int listener_ = -1, port_ = 0;
  std::thread thread_;
};

}  // namespace recur
