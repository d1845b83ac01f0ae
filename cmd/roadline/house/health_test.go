package house

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

func TestAnAnswerThatDoesNotEndIsCutOffAtTheStop(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked, ended := make(chan struct{}), make(chan struct{})
	endless := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		defer close(ended)
		close(asked)
		<-r.Context().Done()
	})
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serveHTTP(ctx, l, endless) }()
	var client http.Client
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if answer, err := client.Get("http://" + l.Addr().String()); err == nil {
			_ = answer.Body.Close()
			t.Error("it was answered")
		}
	}()
	<-asked
	stop()
	<-served
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the answer outlives its server")
	}
	<-answered
}
