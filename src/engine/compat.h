/* Differences between versions of libcurl, in one place.
   The floor is 7.84. Must not know: anything else. */
#ifndef SW_ENGINE_COMPAT_H
#define SW_ENGINE_COMPAT_H

/* curl_multi_socket_all is frowned upon as slow; it is called once. */
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>

/* The number is part of libcurl's ABI. Older libraries answer "unknown
   option", which the caller ignores for this one. */
#if LIBCURL_VERSION_NUM >= 0x075700
#define SW_CURLOPT_QUICK_EXIT CURLOPT_QUICK_EXIT
#else
#define SW_CURLOPT_QUICK_EXIT ((CURLoption)(CURLOPTTYPE_LONG + 322))
#endif

#if LIBCURL_VERSION_NUM >= 0x075500
#define SW_CURLOPT_PROTOCOLS CURLOPT_PROTOCOLS_STR
#define SW_HTTP_ONLY "http,https"
#else
#define SW_CURLOPT_PROTOCOLS CURLOPT_PROTOCOLS
#define SW_HTTP_ONLY ((long)(CURLPROTO_HTTP | CURLPROTO_HTTPS))
#endif

#endif
