package hook

// Idle reports that no receiver is being told.
func (d *Desk) Idle() bool { return len(d.free) == 0 }
