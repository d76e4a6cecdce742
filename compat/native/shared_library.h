/* Opening a shared library when the program runs, and looking its functions up by name. */

#ifndef COMPAT_SHARED_LIBRARY_H
#define COMPAT_SHARED_LIBRARY_H

#include <stdio.h>

#ifdef _WIN32
#include <windows.h>
#define SYMBOL(library, name) ((void *)GetProcAddress((HMODULE)(library), name))
#else
#include <dlfcn.h>
#define SYMBOL(library, name) dlsym(library, name)
#endif

static char library_message[512];

/* Open the library, for the life of the process. NULL: `library_message` says why not. */
static void *library_load(const char *path)
{
#ifdef _WIN32
    wchar_t wide[1024];
    void *opened = NULL;
    if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 1024)) opened = (void *)LoadLibraryW(wide);
    if (!opened) snprintf(library_message, sizeof library_message, "error %lu", GetLastError());
#else
    void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!opened) snprintf(library_message, sizeof library_message, "%s", dlerror());
#endif
    return opened;
}

#endif
