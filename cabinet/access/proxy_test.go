package access_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"roadline/cabinet/access"
)

func TestAnAddressIsTheWordOfTheProxiesThatAreBelieved(t *testing.T) {
	proxies := access.Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/24")}
	for name, row := range map[string]struct {
		peer string
		said []string
		want string
	}{
		"nobody says anything":                  {"192.0.2.1:5", nil, "192.0.2.1"},
		"a stranger says who they are":          {"192.0.2.1:5", []string{"203.0.113.9"}, "192.0.2.1"},
		"a stranger says that they are us":      {"192.0.2.1:5", []string{"127.0.0.1"}, "192.0.2.1"},
		"a proxy of this machine":               {"127.0.0.1:5", []string{"203.0.113.9"}, "203.0.113.9"},
		"a proxy says nothing":                  {"127.0.0.1:5", nil, "127.0.0.1"},
		"a proxy of the network":                {"10.0.0.7:5", []string{"203.0.113.9"}, "203.0.113.9"},
		"a machine beside that network":         {"10.0.1.7:5", []string{"203.0.113.9"}, "10.0.1.7"},
		"a client that invents a chain":         {"[::1]:5", []string{"127.0.0.1, 198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"a client that invents a header":        {"[::1]:5", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"two proxies":                           {"127.0.0.1:5", []string{"198.51.100.1, 203.0.113.9, 10.0.0.7"}, "203.0.113.9"},
		"two proxies, a header each":            {"127.0.0.1:5", []string{"203.0.113.9", "10.0.0.7"}, "203.0.113.9"},
		"a client that invents a proxy":         {"127.0.0.1:5", []string{"10.0.0.9, 192.0.2.77, 10.0.0.7"}, "192.0.2.77"},
		"proxies alone":                         {"127.0.0.1:5", []string{"10.0.0.8, 10.0.0.7"}, "10.0.0.8"},
		"nonsense":                              {"127.0.0.1:5", []string{"nonsense"}, "127.0.0.1"},
		"nonsense of a client":                  {"127.0.0.1:5", []string{"<script>, 10.0.0.7"}, "10.0.0.7"},
		"an empty place":                        {"127.0.0.1:5", []string{"203.0.113.9, "}, "127.0.0.1"},
		"with a port":                           {"127.0.0.1:5", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		"of version 6 with a port":              {"127.0.0.1:5", []string{"[2001:db8::9]:4711"}, "2001:db8::9"},
		"of version 6 in brackets":              {"127.0.0.1:5", []string{"[2001:db8::9]"}, "2001:db8::9"},
		"of version 4 in one of 6":              {"[::ffff:10.0.0.7]:5", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"of a link, whose zone is the client's": {"127.0.0.1:5", []string{"fe80::1%eth0"}, "fe80::1"},
		"a peer without an address":             {"@", []string{"203.0.113.9"}, "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = row.peer
		r.Header["X-Forwarded-For"] = row.said
		got := ""
		proxies.Before(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = access.Address(r) })).ServeHTTP(httptest.NewRecorder(), r)
		if got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}

func TestWhatAStrangerSaysOfTheWayIsTakenAway(t *testing.T) {
	for peer, want := range map[string]string{"127.0.0.1:5": "https", "192.0.2.1:5": "", "@": ""} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		access.Proxies{netip.MustParsePrefix("127.0.0.0/8")}.Before(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("X-Forwarded-Proto"); got != want || r.Header.Get("X-Forwarded-For") != "" {
				t.Errorf("%s: %q and %v", peer, got, r.Header)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
		if r.Header.Get("X-Forwarded-Proto") == "" {
			t.Errorf("%s: the request of whoever wraps us was changed", peer)
		}
	}
	// Nobody is believed where none are written.
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "127.0.0.1:5"
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	access.Proxies(nil).Before(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := access.Address(r); got != "127.0.0.1" {
			t.Error(got)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}
