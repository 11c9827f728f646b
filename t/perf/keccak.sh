#!/bin/sh
exec bench-keccak
