/*
 * Preloaded into PostgreSQL (LD_PRELOAD): while the file named by FAILING_DISK_SWITCH exists, everything that makes writes
 * durable fails with EIO, as on a disk that is dying.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static int failing(void) {
  const char *path = getenv("FAILING_DISK_SWITCH");
  int kept = errno;
  int found = path != NULL && access(path, F_OK) == 0;
  errno = kept;
  return found;
}

#define FAIL_OR_CALL(name, type, ...)                             \
  static type (*real)() = NULL;                                   \
  if (failing()) { errno = EIO; return -1; }                      \
  if (real == NULL) real = (type (*)())dlsym(RTLD_NEXT, #name);   \
  return real(__VA_ARGS__);

int fsync(int fd) { FAIL_OR_CALL(fsync, int, fd) }
int fdatasync(int fd) { FAIL_OR_CALL(fdatasync, int, fd) }
