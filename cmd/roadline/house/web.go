package house

import (
	"crypto/tls"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/web"
	"roadline/fmc/cause"
)

// entrance builds the door by which people and programs come in from outside, where the machine file lets them.
func (h *House) entrance() error {
	m := h.m.Web
	if m == nil {
		return nil
	}
	key, err := secret(filepath.Join(h.m.Data, "cabinet.key"))
	if err != nil {
		return err
	}
	post, err := h.post()
	if err != nil {
		return err
	}
	h.door, err = access.New(access.Options{
		Store: h.store, Companies: h.directory, Post: post, URL: m.URL, Key: key[:32], Demo: h.o.Demo, Now: time.Now, Log: h.log,
	})
	return err
}

// pages builds what is behind the door: the site that people see in a browser, the API for programs, and their socket.
func (h *House) pages() error {
	if h.door == nil {
		return nil
	}
	site, err := web.New(web.Options{Options: h.desk(), API: h.api, Demo: h.o.Demo, Happenings: h.o.Happenings})
	if err != nil {
		return err
	}
	public, all := cabinet.NewPublic(h.api), http.NewServeMux()
	for _, prefix := range cabinet.PublicPaths {
		all.Handle(prefix, public)
	}
	all.Handle("/", site)
	h.site = access.Proxies(h.m.Web.TrustedProxies).Before(all)
	h.browsers, err = h.listenWeb()
	return err
}

// listenWeb opens the socket of the pages. The certificate is read now, so that a wrong one stops the start.
func (h *House) listenWeb() (net.Listener, error) {
	m := h.m.Web
	l, err := net.Listen("tcp", m.Listen.String())
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "web: %w: write another address in \"web: {listen: …}\" of roadline.yaml", err)
	}
	if m.Cert == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(m.Cert, m.Key)
	if err != nil {
		_ = l.Close()
		return nil, cause.Errorf(cause.Invalid, "web: certificate %s with key %s: %w: name two PEM files that belong together in \"web: {tls: {cert: …, key: …}}\" of roadline.yaml", m.Cert, m.Key, err)
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}), nil
}

// Web is where the pages are, as people write it; empty: nowhere.
func (h *House) Web() string {
	if h.browsers == nil {
		return ""
	}
	return h.m.Web.URL
}
