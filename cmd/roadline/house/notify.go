package house

import (
	"fmt"
	"time"

	"roadline/cabinet/notify"
	"roadline/store"
	"roadline/store/jobs"
)

// telling builds what tells people of what happened while they were not looking: the jobs that the drain gives.
func (h *House) telling() error {
	post, err := h.post()
	if err != nil {
		return err
	}
	h.texts = newTexts(h)
	desk := notify.New(notify.Options{
		Store: h.store, Companies: h.directory, Post: post, Texter: h.texts, Recordings: h.m.Recording.Spool, Now: time.Now, Log: h.log,
	})
	works := desk.Works()
	works[store.JobRemoveRecording] = jobs.Work{Do: h.remove}
	h.jobs, err = jobs.New(h.store, works, jobs.Options{Node: h.m.Node, Clock: time.Now, Log: h.log})
	h.retaining()
	return err
}

// post is the mail server that the machine file names; nil: nothing is mailed.
func (h *House) post() (notify.Post, error) {
	m := h.m.Mail
	if m == nil {
		return nil, nil
	}
	o := notify.ServerOptions{Host: m.Host, Port: int(m.Port), From: m.From, Security: notify.Security(m.Security)}
	if m.Login != nil {
		password, err := passwordIn(m.Login.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("mail server %s: %w", m.Host, err)
		}
		o.Name, o.Password = m.Login.Name, password
	}
	server, err := notify.NewServer(o)
	if err != nil {
		return nil, err
	}
	return server, nil
}
