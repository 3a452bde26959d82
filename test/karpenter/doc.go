// Package karpenter runs Karpenter's own controllers beside a real control plane: the drift, the budgets and the
// replacement of nodes are then Karpenter's, and not our idea of it. Its machines are instances of the simulated EC2, of
// which nodesim makes nodes. The program is a module of its own, in controller/, so that ours does not come to require
// Karpenter.
package karpenter
