/* The upstream of the sessions: a shop that answers each request after 5 ms,
   many at once, on kept connections. A timer of the kernel holds the 5 ms;
   the shop does nothing else, so that the clients are what is measured.
   Usage: slow_shop: takes a free port of 127.0.0.1, prints it, runs until it
   is killed. Must not know: Lua, shopwire, libcurl. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 256, ROOM = 8192, DELAY_NS = 5000000 };

struct shop {
  int epoll;
  int listener;
  int timer;
  char *input[MOST];      /* what came, by descriptor; NULL: not open */
  size_t length[MOST];
  char gone[MOST];        /* the client closed while its answer was due */
  int waiting[MOST];      /* descriptors to be answered, first in first out */
  struct timespec due[MOST];
  size_t first, count;
};

static const char login[] =
  "{\"success\":\"Success: API session successfully started!\","
  "\"api_token\":\"0123456789abcdef0123456789\"}";

static const char success[] = "{\"success\":\"Success: It is done!\"}";

static const char cart[] =
  "{\"products\":[{\"cart_id\":\"1\",\"product_id\":\"40\",\"name\":"
  "\"iPhone\",\"model\":\"product 11\",\"option\":[],\"quantity\":\"2\","
  "\"stock\":true,\"shipping\":\"1\",\"price\":\"$123.20\",\"total\":"
  "\"$246.40\",\"reward\":0}],\"vouchers\":[],\"totals\":[{\"title\":"
  "\"Sub-Total\",\"text\":\"$202.00\"},{\"title\":\"Total\",\"text\":"
  "\"$246.40\"}]}";

static int watch(struct shop *s, int fd) {
  struct epoll_event event;
  memset(&event, 0, sizeof event);
  event.events = EPOLLIN;
  event.data.fd = fd;
  return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void forget(struct shop *s, int fd) {
  free(s->input[fd]);
  s->input[fd] = NULL;
  s->length[fd] = 0;
  close(fd);
}

static int is_waiting(const struct shop *s, int fd) {
  for (size_t i = 0; i < s->count; i++) {
    if (s->waiting[(s->first + i) % MOST] == fd)
      return 1;
  }
  return 0;
}

static void take_connection(struct shop *s) {
  int one = 1;
  int fd = accept(s->listener, NULL, NULL);
  if (fd < 0)
    return;
  if (fd >= MOST) {
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  s->input[fd] = malloc(ROOM);
  s->length[fd] = 0;
  s->gone[fd] = 0;
  if (s->input[fd] == NULL || watch(s, fd) != 0)
    forget(s, fd);
}

/* Length of the request that the input begins with; 0: not all is here. */
static size_t request_length(const char *text, size_t length) {
  const char *end = strstr(text, "\r\n\r\n");
  if (end == NULL)
    return 0;
  size_t whole = (size_t)(end - text) + 4;
  const char *line = strstr(text, "\r\n");
  while (line != NULL && line < end) {
    if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
      whole += strtoul(line + 17, NULL, 10);
    line = strstr(line + 2, "\r\n");
  }
  return whole <= length ? whole : 0;
}

static int arm(struct shop *s) {
  struct itimerspec when;
  memset(&when, 0, sizeof when);
  if (s->count > 0)
    when.it_value = s->due[s->first];
  return timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void queue(struct shop *s, int fd) {
  size_t at = (s->first + s->count) % MOST;
  struct timespec due;
  clock_gettime(CLOCK_MONOTONIC, &due);
  due.tv_nsec += DELAY_NS;
  if (due.tv_nsec >= 1000000000) {
    due.tv_sec++;
    due.tv_nsec -= 1000000000;
  }
  s->waiting[at] = fd;
  s->due[at] = due;
  s->count++;
  if (s->count == 1)
    arm(s);
}

static void take_bytes(struct shop *s, int fd) {
  size_t have = s->length[fd];
  ssize_t n = read(fd, s->input[fd] + have, ROOM - 1 - have);
  if (n <= 0 && !is_waiting(s, fd)) {
    forget(s, fd);
    return;
  }
  if (n <= 0) {
    epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
    s->gone[fd] = 1;
    return;
  }
  s->length[fd] = have + (size_t)n;
  s->input[fd][s->length[fd]] = '\0';
  if (!is_waiting(s, fd)
      && request_length(s->input[fd], s->length[fd]) > 0)
    queue(s, fd);
}

static const char *body_for(const char *request) {
  if (strstr(request, "route=api/login") != NULL)
    return login;
  return strstr(request, "route=api/cart/products") != NULL ? cart : success;
}

static void answer(struct shop *s, int fd) {
  char reply[1024];
  size_t whole = request_length(s->input[fd], s->length[fd]);
  const char *body = body_for(s->input[fd]);
  int n = snprintf(reply, sizeof reply, "HTTP/1.1 200 OK\r\n"
                   "Content-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
  memmove(s->input[fd], s->input[fd] + whole, s->length[fd] - whole);
  s->length[fd] -= whole;
  s->input[fd][s->length[fd]] = '\0';
  if (s->gone[fd] || send(fd, reply, (size_t)n, MSG_NOSIGNAL) != n)
    forget(s, fd);
}

static void answer_due(struct shop *s) {
  struct timespec now;
  uint64_t ticks;
  if (read(s->timer, &ticks, sizeof ticks) < 0)
    return;
  clock_gettime(CLOCK_MONOTONIC, &now);
  while (s->count > 0) {
    struct timespec due = s->due[s->first];
    int fd = s->waiting[s->first];
    if (due.tv_sec > now.tv_sec
        || (due.tv_sec == now.tv_sec && due.tv_nsec > now.tv_nsec))
      break;
    s->first = (s->first + 1) % MOST;
    s->count--;
    answer(s, fd);
  }
  arm(s);
}

/* Listens on a free port and prints it. 0, or -1. */
static int open_shop(struct shop *s) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  s->epoll = epoll_create1(0);
  s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  s->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (s->epoll < 0 || s->timer < 0 || s->listener < 0)
    return -1;
  if (bind(s->listener, (struct sockaddr *)&address, length) != 0
      || listen(s->listener, 128) != 0
      || getsockname(s->listener, (struct sockaddr *)&address, &length) != 0)
    return -1;
  if (watch(s, s->listener) != 0 || watch(s, s->timer) != 0)
    return -1;
  printf("%u\n", (unsigned)ntohs(address.sin_port));
  return fflush(stdout);
}

int main(void) {
  struct epoll_event events[64];
  struct shop *s = calloc(1, sizeof *s);
  if (s == NULL || open_shop(s) != 0) {
    perror("slow_shop");
    free(s);
    return 1;
  }
  for (;;) {
    int n = epoll_wait(s->epoll, events, 64, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == s->listener)
        take_connection(s);
      else if (fd == s->timer)
        answer_due(s);
      else
        take_bytes(s, fd);
    }
  }
}
