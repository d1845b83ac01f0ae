package hook_test

import (
	"crypto/x509"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"roadline/cabinet/hook"
	"roadline/store"
)

// newTLSReceiver is one with a certificate for 127.0.0.1, and whoever issued it.
func newTLSReceiver(t *testing.T) (*receiver, *x509.CertPool) {
	r := &receiver{}
	r.Server = httptest.NewUnstartedServer(r)
	r.EnableHTTP2 = true
	r.StartTLS()
	t.Cleanup(r.Close)
	pool := x509.NewCertPool()
	pool.AddCert(r.Certificate())
	return r, pool
}

func TestAReceiverIsToldOverTLSAsLongAsItsCertificateIsItsOwn(t *testing.T) {
	r, authority := newTLSReceiver(t)
	s := stageOf(t, hook.Options{Allow: loopback, Authorities: authority})
	s.adds("crm", r.URL, store.WebhookHMAC)
	s.adds("name", strings.Replace(r.URL, "127.0.0.1", "localhost", 1), store.WebhookHMAC)
	s.happen(2)
	s.settle()
	if _, took := r.seen(); !slices.Equal(took, from(2, 3)) {
		t.Errorf("it took %v", took)
	}
	if tries, err := s.store.For("acme").Tries(t.Context(), "crm", 3); err != nil || len(tries) != 1 || !strings.HasPrefix(tries[0].Answered, "HTTP/2.0 204") {
		t.Errorf("%+v, %v", tries, err)
	}
	if tries, err := s.store.For("acme").Tries(t.Context(), "name", 2); err != nil || len(tries) == 0 || !strings.Contains(tries[0].Why, "certificate is valid for") {
		t.Errorf("with the certificate of another name: %+v, %v", tries, err)
	}
}

func TestAReceiverWhoseCertificateNobodyKnowsIsToldNothing(t *testing.T) {
	r, _ := newTLSReceiver(t)
	s := stageOf(t, hook.Options{Allow: loopback})
	s.adds("crm", r.URL, store.WebhookHMAC)
	s.happen(1)
	s.settle()
	if asked, _ := r.seen(); len(asked) != 0 {
		t.Errorf("it was asked %v", asked)
	}
	if tries, err := s.store.For("acme").Tries(t.Context(), "crm", 2); err != nil || len(tries) == 0 || !strings.Contains(tries[0].Why, "unknown authority") {
		t.Errorf("%+v, %v", tries, err)
	}
}
