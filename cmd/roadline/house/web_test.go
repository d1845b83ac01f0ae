package house_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house"
	"roadline/cmd/roadline/house/housetest"
	"roadline/configs"
	"roadline/fmc/cause"
)

// certificate writes one of localhost with its key, and returns who trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"web.crt": {Type: "CERTIFICATE", Bytes: cert}, "web.key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	return pool
}

// The pages and the API for programs are served together over TLS, and nothing of either without a sign-in.
func TestTheCabinetIsServedOverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool, port := certificate(t, dir), housetest.Ports(t)
	housetest.Start(t, housetest.Setup{Company: crew, Extra: fmt.Sprintf(`web: {listen: "127.0.0.1:%d", tls: {cert: %s, key: %s}}`, port, filepath.Join(dir, "web.crt"), filepath.Join(dir, "web.key"))})
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/": {http.StatusOK, "Sign in"}, "/calls": {http.StatusOK, "Sign in"}, "/?demo=ivanov": {http.StatusOK, "Sign in"},
		"/api/v1/calls": {http.StatusUnauthorized, "urn:roadline:"}, "/no-such-page": {http.StatusNotFound, "There is no page at this address"},
	} {
		answer, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d%s", port, path))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != want.status || !strings.Contains(string(text), want.text) || answer.ProtoMajor != 2 {
			t.Errorf("%s: %s %s %v: %.300s", path, answer.Proto, answer.Status, err, text)
		}
	}
}

// TestAHouseWithAnOpenPageStopsAtOnce has somebody look at the board, which changes as calls do.
func TestAHouseWithAnOpenPageStopsAtOnce(t *testing.T) {
	t.Parallel()
	port := housetest.Ports(t)
	town := housetest.Start(t, housetest.Setup{
		Company: strings.Replace(crew, "{id: p1,", "{id: p1, roles: [manager],", 1), Demo: true, Extra: fmt.Sprintf(`web: {listen: "127.0.0.1:%d"}`, port),
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := http.Client{Jar: jar, Transport: transport}
	answer, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/live/feed?demo=p1", port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("%s %s", answer.Status, kind)
	}
	ended := make(chan time.Time, 1)
	go func() {
		_, _ = io.Copy(io.Discard, answer.Body)
		ended <- time.Now()
	}()
	began := time.Now()
	town.Close()
	if took := (<-ended).Sub(began); took > 4*time.Second { // where the pages wait for the stream, it is their whole patience of 5 s
		t.Errorf("the page was let go after %v", took)
	}
}

func TestAWrongCertificateOrATakenPortStopsTheStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, web := range []configs.Web{
		{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Cert: "no.crt", Key: "no.key"},
		{Listen: netip.MustParseAddrPort(taken.Addr().String())},
	} {
		m, err := configs.ReadMachine(filepath.Join(t.TempDir(), "roadline.yaml"), nil)
		if err != nil {
			t.Fatal(err)
		}
		m.Web, m.Database = &web, "host=127.0.0.1 user=nobody dbname=nothing"
		h, err := house.New(m, house.Options{Log: slog.New(slog.DiscardHandler)})
		if h != nil || !errors.Is(err, cause.Invalid) && !errors.Is(err, cause.Unavailable) || !strings.Contains(fmt.Sprint(err), "web: ") {
			t.Errorf("%+v: %v", web, err)
		}
	}
}
