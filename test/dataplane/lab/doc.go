// Package lab is the scene of the incident: two VPCs with a peering between them, in each a virtual machine and a node
// of EKS whose pods' addresses are on its second interface.
//
//	 vm-a 10.11.16.20           node-a                            node-b          vm-b 10.12.16.20
//	      |              eth0 10.11.1.10                     eth0 10.12.1.10            |
//	      |              eth1 10.11.4.10                     eth1 10.12.4.10            |
//	[ router of vpc-a: route tables, groups ]==== pcx ====[ router of vpc-b ]-----------+
//	                pod-a 10.11.4.91                     pod-b 10.12.4.77
package lab
