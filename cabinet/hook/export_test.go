package hook

// Still calls f while no receiver is being told, and none begins to be.
func (d *Desk) Still(f func()) {
	for range atOnce {
		d.free <- struct{}{}
	}
	f()
	for range atOnce {
		<-d.free
	}
}
