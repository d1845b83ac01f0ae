package sipcore

import "roadline/fmc/call"

// RefreshNow has a leg send a session refresh by re-INVITE, as its timer would in a quarter of an hour.
func RefreshNow(l call.Leg) {
	one := l.(*leg)
	one.box.post(func() {
		one.pulse = refresher{interval: 1800, ours: true}
		one.refresh()
	})
}
