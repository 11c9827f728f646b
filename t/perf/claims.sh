#!/bin/sh
exec bench-claims
