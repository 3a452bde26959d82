// Package heartbeat lets people see whether anybody looks at their objects. No condition can say
// that: who would have to write it is gone. And a time in each status would cost a write for each
// object and minute. So the acting manager renews one Lease each minute, and notes in it which
// objects were not looked at when they should have been: one write, however many objects there are.
package heartbeat
