/* A disk as Linux shows it to SQLite: what an fsync failed to write is forgotten, and the next fsync
 * says that all is well. Loaded before libc (LD_PRELOAD).
 *
 * For a file F, "F.platter" is what a power cut leaves of it, and "F.dirty" the ranges that are not
 * there yet. While the file named by FAILING is there, fsync of a path that ends as it says fails,
 * once. Only files whose path holds ".db" take part. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t (*writer)(int, const void *, size_t, off_t);
typedef int (*syncer)(int);
struct range { off_t start; size_t size; };

static int name_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, PATH_MAX - 16);
    if (size < 0) return 0;
    path[size] = 0;
    return strstr(path, ".db") && !strstr(path, "-shm");
}

static ssize_t written(int file, const void *data, size_t size, off_t start) {
    char path[PATH_MAX];
    ssize_t done = ((writer)dlsym(RTLD_NEXT, "pwrite"))(file, data, size, start);
    if (done > 0 && name_of(file, path)) {
        struct range range = {start, (size_t)done};
        FILE *dirty = fopen(strcat(path, ".dirty"), "ab");
        fwrite(&range, sizeof range, 1, dirty);
        fclose(dirty);
    }
    return done;
}

static int fails(const char *path) {
    char ending[64] = "";
    FILE *file = fopen(getenv("FAILING"), "r");
    if (!file) return 0;
    if (!fgets(ending, sizeof ending, file)) ending[0] = 0;
    fclose(file);
    size_t size = strlen(ending), whole = strlen(path);
    return size && size <= whole && !strcmp(path + whole - size, ending)
        && !unlink(getenv("FAILING"));
}

static void keep(int file, const char *path, FILE *dirty) {
    char platter[PATH_MAX + 16];
    struct range range;
    snprintf(platter, sizeof platter, "%s.platter", path);
    int to = open(platter, O_RDWR | O_CREAT, 0600);
    while (fread(&range, sizeof range, 1, dirty) == 1) {
        char *data = malloc(range.size);
        ssize_t size = pread(file, data, range.size, range.start);
        if (size > 0) ((writer)dlsym(RTLD_NEXT, "pwrite"))(to, data, (size_t)size, range.start);
        free(data);
    }
    close(to);
}

static int synced(int file) {
    char path[PATH_MAX], name[PATH_MAX + 16];
    if (!name_of(file, path)) return 0;
    int failing = fails(path);
    snprintf(name, sizeof name, "%s.dirty", path);
    FILE *dirty = fopen(name, "rb");
    if (dirty && !failing) keep(file, path, dirty);
    if (dirty) fclose(dirty);
    unlink(name);
    if (failing) errno = EIO;
    return failing ? -1 : 0;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t start) {
    return written(file, data, size, start);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t start) {
    return written(file, data, size, start);
}
int fsync(int file) { return synced(file); }
int fdatasync(int file) { return synced(file); }
