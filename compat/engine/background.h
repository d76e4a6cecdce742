/* Work that another process does, and that outlives the one that wanted it. */

#ifndef COMPAT_BACKGROUND_H
#define COMPAT_BACKGROUND_H

#include <stdbool.h>
#include <stddef.h>

#ifdef _WIN32

static size_t thread_stack(void) { return 0; }

static bool lock_take(int file)
{
    (void)file;
    return false;
}

static bool start_detached(char **arguments, int input, int report)
{
    (void)arguments;
    (void)input;
    (void)report;
    return false;
}

#else

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What it may take, at the lowest priority. A program of 30 MB needs 1 GB and 40 s. */
enum { BACKGROUND_SECONDS = 10 * 60 };
static const rlim_t BACKGROUND_BYTES = (rlim_t)4 << 30;

/* Bytes that every thread has for its stack, unless it was made with less; that without a limit is the C library's. */
static size_t thread_stack(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY) return 2 << 20;
    return (size_t)limit.rlim_cur;
}

/* Lock a file for as long as any process has this descriptor, or one inherited from it. False if another has it. */
static bool lock_take(int file) { return !flock(file, LOCK_EX | LOCK_NB); }

static void be_detached(char **arguments, int input, int report)
{
    struct rlimit bytes = {BACKGROUND_BYTES, BACKGROUND_BYTES}, seconds = {BACKGROUND_SECONDS, BACKGROUND_SECONDS};
    setsid();
    setpriority(PRIO_PROCESS, 0, 19);
    setrlimit(RLIMIT_AS, &bytes);
    setrlimit(RLIMIT_CPU, &seconds);
    // Above the standard streams first, so that none is overwritten before it is used.
    int from = fcntl(input, F_DUPFD, 3), to = fcntl(report, F_DUPFD, 3);
    if (from < 0 || to < 0 || dup2(from, 0) < 0 || dup2(to, 1) < 0 || dup2(to, 2) < 0) return;
    close(from);
    close(to);
    execv(arguments[0], arguments);
}

/* Run a program that reads `input`, and writes to `report` what goes wrong. Nobody has to wait for it: its parent ends
 * at once. Between fork and exec there is nothing that another thread's lock could stop. */
static bool start_detached(char **arguments, int input, int report)
{
    pid_t child = fork();
    if (!child) {
        if (!fork()) be_detached(arguments, input, report);
        _exit(0);
    }
    return child > 0 && waitpid(child, NULL, 0) == child;
}

#endif
#endif
