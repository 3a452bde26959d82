package sim

import "time"

// Own is a call that AWS makes by itself on behalf of an account, as Auto Scaling does when it launches
// an instance. Only calls and appointments, which hold the World's lock, may make one.
func (w *World) Own(place Place, at time.Time) *Call {
	return &Call{Place: place, Now: at, world: w, Principal: Principal{Account: place.Account}}
}
