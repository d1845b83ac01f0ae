package smpp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadline/fmc"
)

// authority is a certificate authority of the test's own.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{t: t, key: newKey(t)}
	a.cert = a.signs(&x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.key)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signs makes a certificate of a key; the authority's own as long as it has none.
func (a authority) signs(c *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	by := a.cert
	if by == nil {
		by = c
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	return made
}

// serves is what a server of a name shows.
func (a authority) serves(name string) *tls.Config {
	a.t.Helper()
	key := newKey(a.t)
	cert := a.signs(&x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}}, key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// trusts is what a client asks of a server of a name.
func (a authority) trusts(name string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{RootCAs: pool, ServerName: name, MinVersion: tls.VersionTLS12}
}

func TestMessagesGoOverTLSBetweenClientAndServer(t *testing.T) {
	a := newAuthority(t)
	x := openedOver(t, a.serves("smpp.example.org"), Terms{}, acme(), fmc.Delivery{
		Company: "acme", Program: "crm", Message: "in", State: fmc.MessageReceived, From: client, To: office, Text: "hello back", At: time.Now(), Done: time.Now(),
	})
	c, journal := centreAt(t, x.address, "crm", func(c *Centre, _ *CentreOptions) { c.TLS = a.trusts("smpp.example.org") })
	running(t, c.Run)
	m := sends(t, c, "hello")
	journal.await(t, "its end", func(f []fmc.Fact) bool { return settled(f, m.ID) == fmc.MessageSent })
	x.shelf.is(t, fmc.DeliveryDone)
	if got := accepted(x.journal.await(t, "the text", func(f []fmc.Fact) bool { return len(f) == 1 })); got[0] != "hello" {
		t.Errorf("it came as %q", got)
	}
}

func TestACentreThatIsNotWhoItShouldBeGetsNoPassword(t *testing.T) {
	a := newAuthority(t)
	for _, x := range []struct {
		name string
		tls  *tls.Config
		why  string
	}{
		{"of another name", a.trusts("elsewhere.example.org"), "certificate is valid for smpp.example.org"},
		{"of another authority", newAuthority(t).trusts("smpp.example.org"), "certificate signed by unknown authority"},
	} {
		t.Run(x.name, func(t *testing.T) {
			far := openedOver(t, a.serves("smpp.example.org"), Terms{}, acme())
			asked := false
			c, _ := centreAt(t, far.address, "crm", func(c *Centre, _ *CentreOptions) {
				c.TLS, c.Password = x.tls, func() (string, error) { asked = true; return "secret", nil }
			})
			if err := c.all[0].link(t.Context(), Transceiver); err == nil || !strings.Contains(err.Error(), x.why) {
				t.Errorf("the link ended with %v", err)
			}
			if asked {
				t.Error("the password was read")
			}
		})
	}
}

func TestAProgramThatSpeaksNoTLSWhereItMustIsNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		s := NewServer(ServerOptions{Journal: newMemory(), Companies: directory{acme()}, Queue: newShelf(), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		m := &member{server: s, wire: near, known: make(chan struct{})}
		s.welcome(m)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.serve(t.Context(), m, tls.Server(near, newAuthority(t).serves("smpp.example.org")))
		}()
		began := time.Now()
		<-done // it says nothing at all
		if took := time.Since(began); took > bindTime+time.Second || len(s.guests) != 0 {
			t.Errorf("it was held for %v, %d guests are left", took, len(s.guests))
		}
		_ = far.Close()
	})
}
