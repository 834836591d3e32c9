"""The formats that photos come in, each reduced to what makes its first picture before a decoder sees it.

A photo's file holds far more than a picture: further pages and frames, text, thumbnails, profiles, camera data. None of
that is shown to a network, and all of it is a way to cost a server memory and time: a TIFF of 18 MB whose hundred tags
all point at the same 17 MB takes 1.7 GB to open. So what is not the picture is left out first, by readers of a few
lines that only follow lengths, and the libraries that decode get the rest.
"""
