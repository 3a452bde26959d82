// Package autoscaling is the simulated EC2 Auto Scaling: groups that keep a number of instances alive
// by launching and terminating them in the simulated EC2.
//
// How long it takes is set in a Timing: "auto-scaling-group/replacing" passes between the loss of a
// member and the launch of its successor, "auto-scaling-instance/Pending" between an instance that
// runs and a member that is in service.
package autoscaling
