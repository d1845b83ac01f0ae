package cabinet_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnOperatorIsToldOfTheGatewaysWithCardsOfTheCompany(t *testing.T) {
	x := newOffice(t)
	w := x.send("olga", http.MethodGet, request{path: "/gateways"})
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"company":"acme"`) || !strings.Contains(w.Body.String(), `"quirks":["odd"]`) {
		t.Error(w.Code, w.Body)
	}
}
