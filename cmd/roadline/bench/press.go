package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// rings takes the time from a press of the manager's, who wants a client to be called, until the INVITE is at their own phone.
func (b *bench) rings(_ *product, d *driver) error {
	phone, err := startSIPp("mobile", carrierPort, carrierMedia, 5*time.Second, "-trace_msg", "-message_file", "messages.log")
	if err != nil {
		return err
	}
	defer phone.stop()
	var pressed sorted
	if err := d.do("called", map[string]any{"to": "+79120000001", "n": int(3 * b.seconds)}, &pressed); err != nil {
		return err
	}
	rang, err := phone.invited(mobile(0))
	if err != nil {
		return err
	}
	var times sorted
	for n, at := range pressed {
		i := slices.IndexFunc(rang, func(t time.Time) bool { return moment(t) >= at })
		if i < 0 {
			return fmt.Errorf("the phone did not ring after press %d of %d", n+1, len(pressed))
		}
		times = append(times, moment(rang[i])-at)
	}
	slices.Sort(times)
	b.add("from a press of call until the INVITE is at the employee's phone, p95", "500 ms", "%.0f ms (p50 %.0f, %d times)", times.at(0.95), times.at(0.5), len(times))
	return nil
}

// answersPress walks through the cabinet on a slow phone and takes how soon it answers each press.
func (b *bench) answersPress(_ *product, d *driver) error {
	var walk struct{ Feedback, INP sorted }
	if err := d.do("walked", map[string]any{"n": max(1, int(b.seconds/4))}, &walk); err != nil {
		return err
	}
	slices.Sort(walk.Feedback)
	slices.Sort(walk.INP)
	b.add("on a slow phone, from a press until the screen changes, and Interaction to Next Paint, p75", "50 and 150 ms", "%.0f and %.0f ms (p50 %.0f and %.0f, %d presses)",
		walk.Feedback.at(0.75), walk.INP.at(0.75), walk.Feedback.at(0.5), walk.INP.at(0.5), len(walk.Feedback))
	return nil
}

// opens takes how soon a slow phone has painted the largest part of a page that it opens for the first time.
func (b *bench) opens(p *product, d *driver) error {
	calls, err := p.newest(1)
	if err != nil {
		return err
	}
	var words []string
	for _, page := range []struct {
		what, path string
		stranger   bool
	}{
		{what: "sign-in", path: "/sign-in", stranger: true},
		{what: "first page", path: "/"},
		{what: "list of calls", path: "/calls"},
		{what: "call page", path: "/calls/" + string(calls[0].ID)},
		{what: "statistics", path: "/statistics"},
	} {
		var times sorted
		if err := d.do("painted", map[string]any{"path": page.path, "stranger": page.stranger, "n": max(3, int(b.seconds))}, &times); err != nil {
			return err
		}
		slices.Sort(times)
		words = append(words, fmt.Sprintf("%s %.0f ms (%.0f)", page.what, times.at(0.75), times.at(0.5)))
	}
	b.add("on a slow phone, Largest Contentful Paint of a page opened for the first time, p75 (p50)", "1500 ms", "%s", strings.Join(words, ", "))
	return nil
}
